-- +goose Up
drop index seal_document_number;
create unique index seal_document_number on seal_document (organ, number) where kind <> 'reissue';
