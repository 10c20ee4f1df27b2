-- +goose Up
create index approval_task_running on approval_task (due_at, id) where state = 'open';
create index approval_task_settled on approval_task (done_at, id) where state <> 'open' and kind in ('accept', 'decide');
