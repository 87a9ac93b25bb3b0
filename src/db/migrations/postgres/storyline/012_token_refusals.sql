-- A row only while Meta refuses an account's token, as far as is known.
create table token_refusals (
  account_id uuid primary key references instagram_accounts (id) on delete cascade,
  refused_at timestamp not null,
  kind text not null check (kind in ('token', 'permission', 'app')),
  code integer,
  subcode integer,
  message text not null,
  hint text
);
