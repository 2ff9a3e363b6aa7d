package carddav

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// book is an address book.
type book struct {
	url   *url.URL
	token string // changes with every change; empty if the server has none
}

// books finds the address books (RFC 6352, 6 and 7; RFC 6764).
func (c *client) books(ctx context.Context) ([]book, error) {
	places := []*url.URL{c.start}
	if c.start.Path == "/" {
		places = []*url.URL{c.start.JoinPath("/.well-known/carddav"), c.start, c.start.JoinPath("/remote.php/dav/")}
	}
	var first error
	for _, place := range places {
		books, err := c.booksAt(ctx, place)
		if err == nil && len(books) == 0 {
			err = fmt.Errorf("%s has no address books for this user; set url to an address book", place)
		}
		if err == nil {
			return books, nil
		}
		var refused *statusError
		if first == nil {
			first = err
		}
		if errors.As(err, &refused) && !refused.elsewhere() || ctx.Err() != nil {
			return nil, err
		}
	}
	return nil, first
}

// booksAt finds the address books from a place: itself, those of the user, those below it.
func (c *client) booksAt(ctx context.Context, place *url.URL) ([]book, error) {
	var here prop
	at, err := c.propfind(ctx, place, "0", startProps, func(_ *url.URL, p prop) { here = p })
	if err != nil {
		return nil, err
	}
	if here.isBook() {
		return []book{{at, here.token()}}, nil
	}
	homes := here.Homes.Hrefs
	if len(homes) == 0 && len(here.Principal.Hrefs) > 0 {
		principal, err := c.resolve(at, here.Principal.Hrefs[0])
		if err != nil {
			return nil, err
		}
		if at, err = c.propfind(ctx, principal, "0", startProps, func(_ *url.URL, p prop) {
			homes = p.Homes.Hrefs
		}); err != nil {
			return nil, err
		}
	}
	if len(homes) == 0 {
		homes = []string{at.String()}
	}
	var books []book
	if len(homes) > maxBooks {
		return nil, fmt.Errorf("%s names %d folders of address books: set url to an address book", at, len(homes))
	}
	for _, home := range homes {
		folder, err := c.resolve(at, home)
		if err != nil {
			return nil, err
		}
		if _, err := c.propfind(ctx, folder, "1", startProps, func(href *url.URL, p prop) {
			if p.isBook() {
				books = append(books, book{href, p.token()})
			}
		}); err != nil {
			return nil, err
		}
	}
	if len(books) > maxBooks {
		return nil, fmt.Errorf("%s has %d address books: set url to one of them", at, len(books))
	}
	return books, nil
}
