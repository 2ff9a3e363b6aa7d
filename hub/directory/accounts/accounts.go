// Package accounts reads the customers of a help desk that lists them in pages.
package accounts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"traybell/hub/directory"
	"traybell/hub/directory/contact"
	"traybell/hub/helpdesk"
	"traybell/shared/protocol"
)

// mostPages is the bound of a list: a help desk that ignores the number of the page has no last one.
const mostPages = 20_000

// Source keeps the rows of a help desk. Where the list has the rows changed last first, a read
// requests only the pages with changes.
type Source struct {
	name string
	list helpdesk.Customers

	mu   sync.Mutex // held during a read
	rows map[string]helpdesk.CustomerRow
}

// New returns a source.
func New(name string, list helpdesk.Customers) *Source { return &Source{name: name, list: list} }

// Name implements directory.Source.
func (s *Source) Name() string { return s.name }

// Read implements directory.Source.
func (s *Source) Read(ctx context.Context, add func(protocol.Customer), _ func(directory.Problem)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows, whole, err := s.read(ctx, s.rows)
	if err == nil && !whole { // a row is gone
		rows, _, err = s.read(ctx, nil)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	s.rows = rows
	list := make([]helpdesk.CustomerRow, 0, len(rows))
	for _, row := range rows {
		if row.Who.Login != "" {
			list = append(list, row)
		}
	}
	slices.SortFunc(list, func(a, b helpdesk.CustomerRow) int {
		return cmp.Or(cmp.Compare(len(a.Key), len(b.Key)), cmp.Compare(a.Key, b.Key))
	})
	for _, row := range list {
		who := row.Who
		who.Location = cmp.Or(who.Location, contact.Join(", ", who.Street, who.City))
		add(who)
	}
	return nil
}

// read returns the rows, of which some are known. whole is false if their number is not that of the
// help desk.
func (s *Source) read(ctx context.Context, known map[string]helpdesk.CustomerRow) (
	rows map[string]helpdesk.CustomerRow, whole bool, err error,
) {
	rows = make(map[string]helpdesk.CustomerRow, len(known))
	seen := 0
	for n := range mostPages {
		page, err := s.list.Customers(ctx, n)
		if err != nil {
			return nil, false, err
		}
		changed := 0
		for _, row := range page.Rows {
			if _, twice := rows[row.Key]; twice { // a change during the read moves rows to the next page
				continue
			}
			rows[row.Key] = row
			if known[row.Key] != row {
				changed++
			}
		}
		if known != nil && page.ByChange && changed == 0 && len(page.Rows) > 0 {
			for key, row := range known { // the rest has not changed either
				if _, read := rows[key]; !read {
					rows[key] = row
				}
			}
			return rows, len(rows) == page.Total, nil
		}
		if !page.More {
			return rows, len(rows) == page.Total, nil
		}
		if len(rows) == seen {
			return nil, false, fmt.Errorf("page %d of the help desk's customers repeats the ones before", n+1)
		}
		seen = len(rows)
	}
	return nil, false, fmt.Errorf("the help desk has more than %d pages of customers", mostPages)
}
