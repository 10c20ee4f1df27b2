-- +goose Up
create table licence_copy (
  id text primary key, licence text not null, case_id text not null, party text not null, code bytea not null, code_index text not null unique,
  purpose bytea not null, recipient bytea not null, until_at bigint not null, made_at bigint not null, document text not null
);
create index licence_copy_licence on licence_copy (licence, made_at);
create index licence_copy_document on licence_copy (document);
create table licence_change (
  id text primary key, licence text not null, before text not null, after text not null, reason bytea not null, actor text not null, at bigint not null
);
create index licence_change_licence on licence_change (licence, at);
