-- +goose Up
create table approval_appointment (
  id text primary key, case_id text not null, case_item text not null, about text not null, organ text not null,
  made_by text not null, made_at bigint not null, meets_at bigint not null, place text not null
);
create index approval_appointment_case on approval_appointment (case_id);
