-- +goose Up
alter table party_party add column declared_by text not null default '';
alter table party_party add column same_as text not null default '';
create index party_party_declared on party_party (declared_by);
create index party_party_same on party_party (same_as);
create table party_tie (
  company text not null, person text not null, kind text not null, source text not null, at bigint not null, ended_at bigint not null,
  primary key (company, person, kind)
);
create index party_tie_person on party_tie (person);
