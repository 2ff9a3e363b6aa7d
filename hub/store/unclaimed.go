package store

import (
	"context"

	"traybell/hub/blocking"
	"traybell/hub/tickets"
)

// What is left to do, by whichever hub: for a desk that does not claim its work yet, and for tests.

// PendingTickets returns the requests whose end is not known, oldest first.
func (s *Store) PendingTickets(ctx context.Context) ([]tickets.Request, error) {
	return s.requests(ctx, `state = 'pending'`)
}

// OpenTalks returns the made requests whose talk time is known and not noted, oldest first.
func (s *Store) OpenTalks(ctx context.Context) ([]tickets.Request, error) {
	return s.requests(ctx, `talk_ms > 0 AND noted = 0 AND state = 'made'`)
}

// PendingBlocks returns, of each number's last acts, those with something left to do on the PBX.
func (s *Store) PendingBlocks(ctx context.Context, pbx string) ([]blocking.Block, error) {
	return s.blocks(ctx, `WHERE `+blockLeft+` ORDER BY id`, pbx)
}
