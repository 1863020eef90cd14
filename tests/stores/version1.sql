-- A store of version 1 (24 Nov 2026, before paces, aliases and revisions), with one item.
CREATE TABLE meta (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
CREATE TABLE outlet (number INTEGER PRIMARY KEY, id VARCHAR NOT NULL UNIQUE, name VARCHAR NOT NULL, homepage VARCHAR NOT NULL, country VARCHAR NOT NULL, "group" VARCHAR NOT NULL, language VARCHAR NOT NULL);
CREATE TABLE feed (number INTEGER PRIMARY KEY, url VARCHAR NOT NULL UNIQUE, outlet INTEGER NOT NULL, title VARCHAR NOT NULL, language VARCHAR NOT NULL, etag VARCHAR NOT NULL, modified VARCHAR NOT NULL, body VARCHAR NOT NULL);
CREATE TABLE item (seq INTEGER PRIMARY KEY AUTOINCREMENT, "key" BIGINT NOT NULL UNIQUE, url TEXT NOT NULL, link TEXT NOT NULL, outlet INTEGER NOT NULL, language VARCHAR NOT NULL, title TEXT NOT NULL, summary TEXT NOT NULL, published INTEGER NOT NULL, dated_by VARCHAR NOT NULL, stated VARCHAR NOT NULL, seen INTEGER NOT NULL, channel VARCHAR NOT NULL, about INTEGER NOT NULL, relevant INTEGER NOT NULL, forums BIGINT NOT NULL, topics BIGINT NOT NULL, naming BIGINT NOT NULL, actors BIGINT NOT NULL);
CREATE INDEX item_cube ON item (published, outlet, language, dated_by, about, relevant, forums, topics, naming);
CREATE TABLE sighting (item INTEGER NOT NULL, feed INTEGER NOT NULL, "first" INTEGER NOT NULL, PRIMARY KEY (item, feed)) WITHOUT ROWID;
CREATE TABLE feed_check (number INTEGER PRIMARY KEY, feed INTEGER NOT NULL, at INTEGER NOT NULL, outcome VARCHAR NOT NULL, status INTEGER NOT NULL, detail TEXT NOT NULL, listed INTEGER NOT NULL, new INTEGER NOT NULL, size INTEGER NOT NULL);
INSERT INTO meta VALUES ('version', '1'), ('kind', 'real'), ('generation', '1');
INSERT INTO outlet VALUES (1, 'cedar', 'Cedar', 'https://cedar.invalid', 'PK', 'pakistan', 'en');
INSERT INTO feed VALUES (1, 'https://cedar.invalid/feed', 1, '', 'en', '"v1"', '', '');
INSERT INTO item VALUES (1, 5, '', '', 1, 'en', 'Old', '', 1000, 'feed', '', 1000, 'live', 1, 1, 1, 1, 1, 0);
INSERT INTO sighting VALUES (1, 1, 1000);
INSERT INTO feed_check VALUES (1, 1, 1000, 'ok', 200, '', 1, 1, 10);
