-- +goose Up
create table licence_act (
  id text primary key, licence text not null, case_id text not null, party text not null, organ text not null, kind text not null, ground text not null, state text not null,
  reverses text not null, before text not null, body bytea, statement bytea, note bytea, proposed_at bigint not null, proposed_by text not null, hear_days bigint not null, until_at bigint not null,
  stated_at bigint not null, settled_at bigint not null, settled_by text not null, told text not null, letter text not null
);
create index licence_act_licence on licence_act (licence, proposed_at);
create unique index licence_act_open on licence_act (licence) where state = 'proposed';
create index licence_act_organ on licence_act (organ, proposed_at, id) where state = 'proposed';
create index licence_act_told on licence_act (told) where told <> '';
create index licence_act_party on licence_act (party, proposed_at);
create table licence_version (
  id text primary key, licence text not null, mark text not null unique, number text not null, document text not null, act text not null, ended_at bigint not null
);
create index licence_version_licence on licence_version (licence, ended_at);
create index licence_licence_organ on licence_licence (organ, issued_at, id);
create index licence_licence_number on licence_licence (number);
