-- +goose Up
create table material_material (
  id text primary key, party text not null, kind text not null, name text not null,
  blob text not null, blob_key bytea not null, digest text not null,
  content_type text not null, size bigint not null, trust text not null, origin text not null,
  licence text not null, made_at bigint not null, valid_until bigint not null
);
create index material_material_blob on material_material (blob);
create index material_material_party on material_material (party, kind, made_at);
create table material_use (
  case_item text not null, spec text not null, material text not null, checked_by text not null, at bigint not null,
  reused bigint not null, primary key (case_item, spec, material)
);
create index material_use_material on material_use (material);
