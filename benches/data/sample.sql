-- Which shares were opened most in the last week, and by how many clients.
create table if not exists share_view (
    share_id   bigint      not null references share (id) on delete cascade,
    day        date        not null default current_date,
    views      bigint      not null check (views >= 0),
    primary key (share_id, day)
);

create index concurrently share_view_day on share_view (day) where views > 0;

with recent as (
    select share_id, sum(views) as views, max(day) as last_day
    from share_view
    where day >= current_date - interval '7 days' and share_id <> 0
    group by share_id
    having sum(views) > 10
)
select s.code, coalesce(c.title, 'untitled') as title, r.views,
       rank() over (partition by s.owner_id order by r.views desc) as place
from recent r
join share s on s.id = r.share_id
left join conversation c on c.id = s.conversation_id
where s.revoked_at is null and s.title like '%rust%'
order by place, r.views desc
limit 50 offset 0;

insert into share_view (share_id, views) values (1, 2), (3, 4)
on conflict (share_id, day) do update set views = share_view.views + excluded.views;
