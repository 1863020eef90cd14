-- A store of version 2 (24 Nov 2026, before due times were in force), with one item and one empty answer.
BEGIN TRANSACTION;
CREATE TABLE alias (
	"key" BIGINT NOT NULL, 
	item INTEGER NOT NULL, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY(item) REFERENCES item (seq)
);
CREATE TABLE feed (
	number INTEGER NOT NULL, 
	url VARCHAR NOT NULL, 
	outlet INTEGER NOT NULL, 
	title VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	etag VARCHAR NOT NULL, 
	modified VARCHAR NOT NULL, 
	body VARCHAR NOT NULL, 
	due INTEGER DEFAULT '0' NOT NULL, 
	interval INTEGER DEFAULT '3600' NOT NULL, 
	rate FLOAT DEFAULT '-1' NOT NULL, 
	failures INTEGER DEFAULT '0' NOT NULL, 
	answered INTEGER DEFAULT '0' NOT NULL, 
	wait VARCHAR DEFAULT '' NOT NULL, 
	gone INTEGER DEFAULT '0' NOT NULL, 
	listing INTEGER DEFAULT '0' NOT NULL, 
	listed INTEGER DEFAULT '0' NOT NULL, 
	moved VARCHAR DEFAULT '' NOT NULL, 
	moves INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (url), 
	FOREIGN KEY(outlet) REFERENCES outlet (number)
);
INSERT INTO "feed" VALUES(1,'https://cedar.invalid/feed',1,'cedar, all','en','"v1"','','x',4600,3600,2.0,0,1000,'',0,1000,1,'',0);
CREATE TABLE feed_check (
	number INTEGER NOT NULL, 
	feed INTEGER NOT NULL, 
	at INTEGER NOT NULL, 
	outcome VARCHAR NOT NULL, 
	status INTEGER NOT NULL, 
	detail TEXT NOT NULL, 
	listed INTEGER NOT NULL, 
	new INTEGER NOT NULL, 
	overlap INTEGER DEFAULT '0' NOT NULL, 
	"before" INTEGER DEFAULT '0' NOT NULL, 
	lost_since INTEGER DEFAULT '0' NOT NULL, 
	size INTEGER NOT NULL, 
	PRIMARY KEY (number), 
	FOREIGN KEY(feed) REFERENCES feed (number)
);
INSERT INTO "feed_check" VALUES(1,1,1000,'ok',200,'',1,1,0,0,0,0);
INSERT INTO "feed_check" VALUES(2,1,2000,'empty feed',200,'',0,0,321,0,0,0);
CREATE TABLE item (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	"key" BIGINT NOT NULL, 
	guid BIGINT DEFAULT '0' NOT NULL, 
	url TEXT NOT NULL, 
	link TEXT NOT NULL, 
	outlet INTEGER NOT NULL, 
	language VARCHAR NOT NULL, 
	title TEXT NOT NULL, 
	summary TEXT NOT NULL, 
	published INTEGER NOT NULL, 
	dated_by VARCHAR NOT NULL CHECK (dated_by IN ('feed', 'zone', 'seen')), 
	stated VARCHAR NOT NULL, 
	seen INTEGER NOT NULL, 
	channel VARCHAR NOT NULL, 
	about INTEGER NOT NULL, 
	relevant INTEGER NOT NULL, 
	forums BIGINT NOT NULL, 
	topics BIGINT NOT NULL, 
	naming BIGINT NOT NULL, 
	actors BIGINT NOT NULL, 
	UNIQUE ("key"), 
	FOREIGN KEY(outlet) REFERENCES outlet (number)
);
INSERT INTO "item" VALUES(1,-3927875394077472308,9033223506536903198,'https://cedar.invalid/a','https://cedar.invalid/a',1,'en','Old','',1000,'feed','',1000,'live',0,0,0,0,0,0);
CREATE TABLE meta (
	name VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('version','2');
INSERT INTO "meta" VALUES('kind','real');
INSERT INTO "meta" VALUES('generation','1');
CREATE TABLE outlet (
	number INTEGER NOT NULL, 
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	homepage VARCHAR NOT NULL, 
	country VARCHAR NOT NULL, 
	"group" VARCHAR NOT NULL, 
	language VARCHAR NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (id)
);
INSERT INTO "outlet" VALUES(1,'cedar','Cedar','https://cedar.invalid/','PK','pakistan','en');
CREATE TABLE revision (
	item INTEGER NOT NULL, 
	text BIGINT NOT NULL, 
	title TEXT NOT NULL, 
	summary TEXT NOT NULL, 
	first INTEGER NOT NULL, 
	last INTEGER NOT NULL, 
	PRIMARY KEY (item, text), 
	FOREIGN KEY(item) REFERENCES item (seq)
)
 WITHOUT ROWID

;
CREATE TABLE sighting (
	item INTEGER NOT NULL, 
	feed INTEGER NOT NULL, 
	first INTEGER NOT NULL, 
	last INTEGER NOT NULL, 
	PRIMARY KEY (item, feed), 
	FOREIGN KEY(item) REFERENCES item (seq), 
	FOREIGN KEY(feed) REFERENCES feed (number)
)
 WITHOUT ROWID

;
INSERT INTO "sighting" VALUES(1,1,1000,1000);
CREATE INDEX item_guid ON item (guid) WHERE guid != 0;
CREATE INDEX item_cube ON item (published, outlet, language, dated_by, about, relevant, forums, topics, naming);
CREATE INDEX feed_check_feed_at ON feed_check (feed, at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('item',1);
COMMIT;
