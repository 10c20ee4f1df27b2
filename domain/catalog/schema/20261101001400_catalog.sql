-- +goose Up
create table catalog_item (
  id text primary key, version text not null, name text not null, organ text not null, task_code text not null,
  project_type text not null, audience text not null, walk_through bigint not null
);
create index catalog_item_organ on catalog_item (organ);
create table catalog_version (
  id text primary key, item text not null, number bigint not null, body text not null, digest text not null,
  published_at bigint not null
);
create unique index catalog_version_number on catalog_version (item, number);
create table catalog_term (term text not null, item text not null, primary key (term, item));
