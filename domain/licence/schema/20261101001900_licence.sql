-- +goose Up
create table licence_licence (
  id text primary key, mark text not null unique, case_id text not null, case_item text not null unique, item text not null,
  party text not null, organ text not null, number text not null, name text not null, state text not null,
  valid_from bigint not null, valid_until bigint not null, issued_at bigint not null, document text not null
);
create index licence_licence_party on licence_licence (party, issued_at);
create index licence_licence_case on licence_licence (case_id);
create table licence_counter (organ text not null, year bigint not null, last bigint not null, primary key (organ, year));
