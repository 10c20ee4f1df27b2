-- +goose Up
alter table casefile_case add column account text not null default '';
alter table casefile_case add column portal text not null default '';
alter table casefile_case add column assured text not null default '';
create index casefile_case_account on casefile_case (account, received_at);
create index casefile_case_portal on casefile_case (portal, received_at, id);
