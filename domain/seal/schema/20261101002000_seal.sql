-- +goose Up
create table seal_document (
  id text primary key, case_id text not null, case_item text not null, party text not null, kind text not null, organ text not null,
  number text not null, title text not null, state text not null, draft_blob text not null, draft_key bytea, draft_digest text not null,
  sealed_blob text not null, sealed_key bytea, sealed_digest text not null, signer text not null, source text not null, mark text not null,
  drafted_at bigint not null, sealed_at bigint not null
);
create unique index seal_document_source on seal_document (source);
create unique index seal_document_number on seal_document (organ, number);
create index seal_document_draft_blob on seal_document (draft_blob);
create index seal_document_sealed_blob on seal_document (sealed_blob);
create index seal_document_sealed on seal_document (sealed_digest);
create index seal_document_case on seal_document (case_id, drafted_at);
create table seal_use (
  id text primary key, document text not null unique, organ text not null, signer text not null, actor text not null, basis text not null, at bigint not null
);
create table seal_counter (organ text not null, kind text not null, year bigint not null, last bigint not null, primary key (organ, kind, year));
