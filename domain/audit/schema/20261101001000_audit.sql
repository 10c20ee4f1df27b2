-- +goose Up
create table audit_row (
  id     text primary key,
  object text not null,
  seq    bigint not null,
  actor  text not null,
  verb   text not null,
  before text not null,
  after  text not null,
  at     bigint not null,
  prev   text not null,
  hash   text not null,
  pos    bigint,
  chain  text
);
create unique index audit_row_object on audit_row (object, seq);
create unique index audit_row_pos on audit_row (pos);
create index audit_row_unsealed on audit_row (id) where pos is null;
create index audit_row_actor on audit_row (actor, at);

create table audit_access (
  id      text primary key,
  actor   text not null,
  organ   text not null,
  party   text not null,
  case_id text not null,
  purpose text not null,
  reason  bytea,
  at      bigint not null
);
create index audit_access_party on audit_access (party, at);
create index audit_access_actor on audit_access (actor, party, case_id, at);
