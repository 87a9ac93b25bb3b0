-- The account that commands mean where none is named, whatever Telegram chats there are.
create table default_account (
  id integer primary key check (id = 1),
  account_id uuid not null references instagram_accounts (id) on delete cascade,
  chosen_at timestamp not null
);
-- Until now it was the account of the only chat, and with several chats that of chat 0. It stays the same.
insert into default_account (id, account_id, chosen_at)
select 1, active_instagram_account_id, now() at time zone 'utc'
from chat_settings
where active_instagram_account_id is not null
  and (telegram_chat_id = 0 or (select count(*) from chat_settings) = 1);

-- People whom the bot refused: one row each. Old rows are removed.
create table bot_strangers (
  telegram_user_id bigint primary key,
  username text,
  first_name text,
  last_name text,
  chat_id bigint not null,
  asked text not null,
  first_at timestamp not null,
  last_at timestamp not null
);
create index idx_bot_strangers_last_at on bot_strangers (last_at);

-- Why the bot gets no messages; no row while it does.
create table bot_trouble (
  id integer primary key check (id = 1),
  problem text not null,
  remedy text not null,
  since timestamp not null,
  noted_at timestamp not null
);
