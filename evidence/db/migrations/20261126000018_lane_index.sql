-- migrate:up transaction:false
-- What waits in one lane, in the order in which it is taken: 20261126000019_lanes.sql says why.
CREATE INDEX CONCURRENTLY procrastinate_jobs_lane ON procrastinate_jobs (queue_name, priority DESC, id)
    WHERE status = 'todo';

-- migrate:down
