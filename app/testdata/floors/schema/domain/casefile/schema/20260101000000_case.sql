-- +goose Up
create table casefile_case (id text primary key, party text references party_person (id));
create index case_party on casefile_case (party);
