-- +goose Up
create table identity_login (
  staff text primary key, password text not null, totp bytea not null, last_step bigint not null,
  failed bigint not null, locked_until bigint not null, changed_at bigint not null
);
create table identity_invite (
  token_hash text primary key, staff text not null, until_at bigint not null, used_at bigint not null
);
