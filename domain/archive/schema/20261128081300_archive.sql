-- +goose Up
create table archive_package (
  id text primary key, case_id text not null, case_item text not null, part bigint not null, cause text not null unique, organ text not null, item text not null, item_name text not null, party text not null,
  case_number text not null, number text not null, state text not null, why text not null, keep text not null, keep_until bigint not null,
  blob text not null, blob_key bytea, digest text not null, manifest text not null, signer text not null, files bigint not null, size bigint not null, made_at bigint not null
);
create unique index archive_package_part on archive_package (case_item, part);
create index archive_package_made on archive_package (made_at, id);
create index archive_package_organ on archive_package (organ, made_at, id);
create index archive_package_case on archive_package (case_number);
create index archive_package_blob on archive_package (blob) where blob <> '';
create index archive_package_failed on archive_package (made_at, id) where state = 'failed';
create table archive_counter (organ text not null, year bigint not null, keep text not null, last bigint not null, primary key (organ, year, keep));
