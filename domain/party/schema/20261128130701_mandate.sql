-- +goose Up
create table party_mandate (
  id text primary key, principal text not null, agent text not null, agent_blind text not null, agent_name text not null,
  arose text not null, items text not null, case_id text not null, acts text not null, shows bigint not null,
  from_at bigint not null, until_at bigint not null, made_at bigint not null, made_by text not null,
  accepted_at bigint not null, ended_at bigint not null, ended_by text not null, ended_how text not null,
  evidence text not null, witness text not null, uses bigint not null
);
create index party_mandate_principal on party_mandate (principal, made_at, id);
create index party_mandate_agent on party_mandate (agent, principal);
create index party_mandate_offer on party_mandate (agent_blind, made_at);
create table party_mandate_use (
  mandate text not null, seq bigint not null, at bigint not null, act text not null, actor text not null,
  item text not null, case_id text not null, primary key (mandate, seq)
);
create table party_signature (
  id text primary key, draft text not null, role text not null, applicant text not null, item text not null,
  name text not null, number_blind text not null, signer text not null, digest text not null, made_at bigint not null,
  asked_at bigint not null, until_at bigint not null, signed_at bigint not null, refused_at bigint not null,
  word bytea, witness text not null, case_id text not null
);
create index party_signature_draft on party_signature (draft);
create index party_signature_signer on party_signature (number_blind, asked_at);
create index party_signature_case on party_signature (case_id);
