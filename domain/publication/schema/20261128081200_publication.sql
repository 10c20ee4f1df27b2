-- +goose Up
create table publication_decision (
  id text primary key, case_item text not null, organ text not null, organ_name text not null, item text not null, item_name text not null,
  outcome text not null, title text not null, number text not null, permit text not null, mark text not null, holder text not null, holder_kind text not null, holder_code text not null,
  basis text not null, decided_at bigint not null, valid_from bigint not null, valid_until bigint not null, state text not null,
  published_at bigint not null, down_at bigint not null
);
create index publication_decision_item on publication_decision (case_item);
create index publication_decision_day on publication_decision (published_at, id);
create index publication_decision_number on publication_decision (number);
create index publication_decision_holder on publication_decision (holder_code) where holder_code <> '';
create table publication_handover (
  id text primary key, case_id text not null, document text not null unique, organ text not null, supervisor text not null, item text not null, item_name text not null,
  number text not null, title text not null, at bigint not null, seen_at bigint not null, seen_by text not null
);
create index publication_handover_open on publication_handover (supervisor, at, id) where seen_at = 0;
create index publication_handover_all on publication_handover (supervisor, at, id);
