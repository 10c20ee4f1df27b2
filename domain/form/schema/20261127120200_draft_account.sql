-- +goose Up
alter table form_draft add column account text not null default '';
alter table form_draft add column code_blind text not null default '';
create index form_draft_account on form_draft (account, at);
create index form_draft_code on form_draft (code_blind);
