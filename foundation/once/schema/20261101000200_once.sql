-- +goose Up
create table once_submit (
  actor  text not null,
  route  text not null,
  key    text not null,
  hash   text not null,
  answer text not null,
  at     bigint not null,
  primary key (actor, route, key)
);
create index once_submit_at on once_submit (at);
