-- +goose Up
create table party_party (
  id text primary key, kind text not null, name text not null, number_blind text not null unique, made_at bigint not null
);
create table party_fact (
  party text not null references party_party (id), fact text not null, value bytea not null,
  source text not null, at bigint not null, primary key (party, fact)
);
create table party_term (term text not null, party text not null, primary key (term, party));
create table party_presence (
  id text primary key, party text not null, staff text not null, how text not null,
  reason bytea, at bigint not null, until_at bigint not null, confirmed_at bigint not null
);
create index party_presence_staff on party_presence (staff, at);
