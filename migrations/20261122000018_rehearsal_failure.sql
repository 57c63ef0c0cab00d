-- Why a rehearsal did not come to its end, for who started it.
ALTER TABLE rehearsals ADD COLUMN failure text;
