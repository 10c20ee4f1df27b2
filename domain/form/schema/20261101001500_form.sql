-- +goose Up
create table form_answer (
  case_item text not null, element text not null, party text not null, value bytea not null,
  source text not null, at bigint not null, primary key (case_item, element)
);
create index form_answer_party on form_answer (party, element, at);
create table form_draft (
  id text primary key, staff text not null, item text not null, version text not null, party text not null,
  presence text not null, body bytea not null, rev bigint not null, made_at bigint not null, at bigint not null
);
create index form_draft_staff on form_draft (staff, at);
