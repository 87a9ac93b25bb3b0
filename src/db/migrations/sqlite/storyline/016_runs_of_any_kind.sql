-- One lock for each kind of run and subject; the subject of a backfill is its account.
-- The old table is dropped: an older version that is still open can neither start a run nor go on with one. Its lock
-- moves over, and keeps others out for as long as its process lives.
create table run_locks (
  kind text not null,
  subject text not null,
  run_id uuid text,
  holder text not null,
  triggered_by text,
  acquired_at timestamp text not null,
  heartbeat_at timestamp text not null,
  progress json text,
  cancelled_by text,
  primary key (kind, subject)
);
insert into run_locks
  (kind, subject, run_id, holder, triggered_by, acquired_at, heartbeat_at, progress, cancelled_by)
select 'backfill', account_id, run_id, holder, triggered_by, acquired_at, heartbeat_at, progress, cancelled_by
from backfill_locks;
drop table backfill_locks;

-- The newest walk through an account's whole feed, among any number of runs for new posts only.
create index idx_service_runs_whole_walks on service_runs (input_params ->> 'account_id', started_at)
  where result_summary ->> 'posts' is not null;
