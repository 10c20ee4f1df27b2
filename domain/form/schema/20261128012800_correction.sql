-- +goose Up
create table form_correction (
  id text primary key, party text not null, element text not null, fact text not null, source text not null, held_at bigint not null, held text not null,
  given bytea not null, case_id text not null, item text not null, organ text not null, at bigint not null, state text not null,
  settled_by text not null, settled_at bigint not null, reason text not null
);
create index form_correction_state on form_correction (state, at, id);
create index form_correction_organ on form_correction (organ, state, at, id);
create index form_correction_case on form_correction (case_id, at);
