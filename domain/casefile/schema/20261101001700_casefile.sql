-- +goose Up
create table casefile_case (
  id text primary key, number text not null unique, party text not null, organ text not null, item text not null,
  place text not null, channel text not null, hall text not null, window_id text not null, clerk text not null,
  ticket_id text not null, on_behalf_of text not null, rev bigint not null, stage text not null,
  received_at bigint not null, accepted_at bigint not null, due_at bigint not null, provisional bigint not null,
  closed_at bigint not null
);
create index casefile_case_party on casefile_case (party, received_at);
create index casefile_case_received on casefile_case (received_at, id);
create index casefile_case_stage on casefile_case (stage, received_at, id);
create index casefile_case_organ on casefile_case (organ, received_at, id);
create index casefile_case_organ_stage on casefile_case (organ, stage, received_at, id);
create index casefile_case_clerk on casefile_case (clerk, received_at, id);

create table casefile_item (
  id text primary key, case_id text not null, item text not null, version text not null,
  number text not null unique, organ text not null, outcome text not null
);
create index casefile_item_case on casefile_item (case_id);

create table casefile_fact (
  case_id text not null, seq bigint not null, kind text not null, at bigint not null, actor text not null,
  organ text not null, data text not null, note bytea, primary key (case_id, seq)
);

create table casefile_counter (code text not null, day text not null, last bigint not null, primary key (code, day));
