-- +goose Up
create table identity_token (
  hash text primary key, kind text not null, subject text not null, scopes text not null,
  made_at bigint not null, expires_at bigint not null, revoked_at bigint not null, used_at bigint not null
);
create index identity_token_subject on identity_token (kind, subject);

create table identity_portal (
  id text primary key, name text not null, secret_hash text not null, verbs text not null, items text not null, organs text not null,
  assurance text not null, active bigint not null, failed bigint not null, locked_until bigint not null, made_at bigint not null
);

create table identity_hook (
  id text primary key, portal text not null, url text not null, secret bytea not null, events text not null, state text not null,
  failed bigint not null, error text not null, made_at bigint not null
);
create index identity_hook_portal on identity_hook (portal, id);

create table identity_hook_delivery (
  hook text not null, event text not null, pos bigint not null, body text not null, state text not null, attempt bigint not null,
  run_at bigint not null, status bigint not null, error text not null, done_at bigint not null, primary key (hook, event)
);
create index identity_hook_delivery_next on identity_hook_delivery (hook, state, pos);
create index identity_hook_delivery_list on identity_hook_delivery (hook, pos);

create table identity_hook_cursor (name text primary key, pos bigint not null);
