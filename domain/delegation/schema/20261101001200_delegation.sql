-- +goose Up
create table delegation_grant (
  id text primary key, staff text not null, organ text not null, item text not null, kind text not null,
  from_at bigint not null, until_at bigint not null, basis text not null, revoked_at bigint not null
);
create index delegation_grant_staff on delegation_grant (staff, kind);
