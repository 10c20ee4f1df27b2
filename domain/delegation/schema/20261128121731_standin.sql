-- +goose Up
create table delegation_standin (
  id text primary key, absent text not null, stand text not null, organ text not null, from_at bigint not null, until_at bigint not null,
  made_at bigint not null, by_staff text not null, revoked_at bigint not null, revoked_by text not null
);
create index delegation_standin_stand on delegation_standin (stand, until_at);
create index delegation_standin_organ on delegation_standin (organ, from_at);
