-- +goose Up
create table session_session (
  token_hash text not null primary key,
  kind       text not null,
  subject    text not null,
  data       text not null,
  made_at    bigint not null,
  seen_at    bigint not null,
  expires_at bigint not null
);
create index session_session_subject on session_session (kind, subject);
create index session_session_seen on session_session (seen_at);
