"""What the collectors and the dashboard share: nouns, words, store, counts and charts."""
