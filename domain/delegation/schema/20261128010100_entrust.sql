-- +goose Up
alter table delegation_grant add column revoked_why text not null default '';
alter table delegation_grant add column by_staff text not null default '';
create index delegation_grant_organ on delegation_grant (organ, kind, id);
create table delegation_entrust (
  id text primary key, from_organ text not null, to_organ text not null, power text not null, basis text not null,
  notice_on text not null, notice_at text not null, from_at bigint not null, until_at bigint not null,
  revoked_at bigint not null, revoked_why text not null, by_staff text not null
);
create index delegation_entrust_to on delegation_entrust (to_organ, power);
create index delegation_entrust_from on delegation_entrust (from_organ, power);
