-- +goose Up
create table statute_law (
  id text primary key, name text not null unique, kind text not null, issuer text not null,
  newest text not null, published bigint not null, effective bigint not null, until_day bigint not null, currency text not null, versions bigint not null
);
create index statute_law_currency on statute_law (currency, name);
create table statute_version (
  id text primary key, law text not null, seq bigint not null unique, published bigint not null, effective bigint not null, effective_stated bigint not null,
  until_day bigint not null, superseded_by text not null, currency text not null, checked_at bigint not null, checked_by text not null, source text not null,
  revised bigint not null, history text not null, digest text not null, file text not null, articles bigint not null, imported_at bigint not null,
  ready bigint not null, segment text not null
);
create unique index statute_version_digest on statute_version (law, published, digest);
create index statute_version_segment on statute_version (segment);
create table statute_article (
  ord bigint primary key, version text not null, article bigint not null, sub bigint not null, label text not null, chapter text not null, body text not null
);
create unique index statute_article_number on statute_article (version, article, sub);
create table statute_repeal (law_name text not null, version text not null, from_day bigint not null, primary key (law_name, version));
create index statute_repeal_version on statute_repeal (version);
create table statute_name (term text not null, law text not null, primary key (term, law));
create table statute_segment (id text primary key, terms bigint not null, versions bigint not null, ready bigint not null, made_at bigint not null);
create table statute_term (segment text not null, term text not null, postings bytea not null, primary key (segment, term));
create table statute_citation (
  kind text not null, object text not null, path text not null, law text not null, article bigint not null, sub bigint not null,
  paragraph bigint not null, point bigint not null, words text not null, primary key (kind, object, path)
);
create index statute_citation_law on statute_citation (law, article, sub);
