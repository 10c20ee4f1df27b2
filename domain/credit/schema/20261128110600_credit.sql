-- +goose Up
create table credit_row (
  kind text not null, version bigint not null, name text not null, cause text not null, basis text not null, effects text not null, months bigint not null,
  answer_days bigint not null, repair_months bigint not null, repair text not null, withdrawn bigint not null, by_actor text not null, at bigint not null,
  primary key (kind, version)
);
create table credit_event (
  id text primary key, party text not null, kind text not null, version bigint not null, organ text not null, item text not null, case_id text not null,
  source text not null unique, state text not null, made_at bigint not null, answer_by bigint not null, from_at bigint not null, until_at bigint not null
);
create index credit_event_party on credit_event (party, made_at, id);
create index credit_event_state on credit_event (state, answer_by, id);
create index credit_event_organ on credit_event (organ, state, answer_by, id);
create table credit_act (
  event text not null, seq bigint not null, kind text not null, at bigint not null, actor text not null, note bytea, from_at bigint not null, until_at bigint not null,
  primary key (event, seq)
);
