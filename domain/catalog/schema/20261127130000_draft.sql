-- +goose Up
create table catalog_draft (
  item text primary key, organ text not null, name text not null, base text not null, body text not null, rev bigint not null,
  state text not null, by_staff text not null, note text not null, reviewed_by text not null, checked_by text not null,
  publish_on text not null, at bigint not null
);
create index catalog_draft_state on catalog_draft (state, item);
create index catalog_draft_organ on catalog_draft (organ, item);
