-- +goose Up
create table identity_account (
  id text primary key, phone bytea not null, phone_blind text not null unique, party text not null, how text not null,
  made_at bigint not null, seen_at bigint not null, bound_at bigint not null
);
create index identity_account_party on identity_account (party);
create table identity_code (
  id text primary key, phone_blind text not null, phone bytea not null, hash text not null, made_at bigint not null, until_at bigint not null,
  tries bigint not null, used_at bigint not null, known bigint not null
);
create table identity_phone (phone_blind text primary key, asked bigint not null);
create index identity_code_phone on identity_code (phone_blind, made_at);
create table identity_device (
  id text primary key, account text not null, token_hash text not null unique, label text not null,
  made_at bigint not null, seen_at bigint not null, real_until bigint not null, removed_at bigint not null
);
create index identity_device_account on identity_device (account, made_at);
create table identity_link (
  code_blind text primary key, account text not null, device text not null, until_at bigint not null, used_at bigint not null
);
