-- +goose Up
create table approval_motion (
  id text primary key, case_id text not null, case_item text not null, organ text not null, item text not null, number text not null,
  kind text not null, special text not null, n bigint not null, unit text not null, by_staff text not null, made_at bigint not null,
  body bytea not null, state text not null, answered_by text not null, answered_at bigint not null, answer bytea
);
create unique index approval_motion_open on approval_motion (case_item, kind) where state = 'open';
create index approval_motion_case on approval_motion (case_id);
create index approval_motion_inbox on approval_motion (organ, made_at, id) where state = 'open';
