-- +goose Up
create table audit_objection (
  id text primary key, access text not null, fact text not null, party text not null, case_id text not null, organ text not null,
  actor text not null, words bytea, at bigint not null, due_at bigint not null,
  answer bytea, answered_at bigint not null, answered_by text not null
);
create index audit_objection_party on audit_objection (party, at, id);
create index audit_objection_waiting on audit_objection (answered_at, due_at, id);
create unique index audit_objection_access on audit_objection (access) where access <> '';
