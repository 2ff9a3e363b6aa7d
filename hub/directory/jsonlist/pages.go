package jsonlist

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"traybell/hub/directory"
	"traybell/hub/jsonplace"
	"traybell/hub/remote"
	"traybell/shared/printable"
)

// How a list is divided into pages.
const (
	ByNext   = "next"   // a reply has the address of the next page
	ByCursor = "cursor" // a reply has what the next request sends as Param
	ByOffset = "offset" // Param is the number of entries before the page
	ByNumber = "number" // Param is the number of the page
)

// Pages says how a list is divided into pages.
type Pages struct {
	By        string // empty: it has one page
	Param     string // the parameter of the address that selects a page
	Size      int    // entries of a page, as the value of SizeParam; 0: as the server likes
	SizeParam string
	// Next is the place of the next address or cursor in a reply, or "header:Link" (RFC 8288).
	Next  string
	First int // number of the first page
}

// maxPages is the bound of a list without a last page.
const maxPages = 100_000

// check returns a *remote.OptionError.
func (p Pages) check() error {
	bad := func(key, text string) error { return &remote.OptionError{Key: "pages." + key, Err: errors.New(text)} }
	switch p.By {
	case "":
		if p != (Pages{First: p.First}) {
			return bad("by", "is missing: next, cursor, offset or number")
		}
	case ByNext, ByCursor:
		if p.Next == "" {
			return bad("next", "is missing: the place of the next address or cursor, such as links.next")
		}
	case ByOffset, ByNumber:
		if p.Next != "" {
			return bad("next", "is not used by "+p.By+"; remove it")
		}
	default:
		return bad("by", fmt.Sprintf("%q is unknown; use next, cursor, offset or number", p.By))
	}
	if p.By != "" && p.By != ByNext && p.Param == "" {
		return bad("param", "is missing: the parameter that selects a page, such as $skip or page")
	}
	if (p.Size > 0) != (p.SizeParam != "") {
		return bad("size_param", "needs size, and size needs size_param, such as $top or limit")
	}
	return nil
}

// each calls entry for every entry of the list, page after page, and problem if there seem to be more.
func (s *Source) each(parent context.Context, entry func(any), problem func(directory.Problem)) error {
	watch, ctx := remote.NewWatch(parent, s.stall)
	defer watch.Stop()
	defer s.client.http.CloseIdleConnections()
	err := s.read(ctx, watch, entry, problem)
	switch stalled := watch.Stalled(); {
	case stalled != nil:
		return stalled
	case err != nil && parent.Err() != nil:
		return parent.Err()
	}
	return err
}

func (s *Source) read(ctx context.Context, watch *remote.Watch, entry func(any),
	problem func(directory.Problem),
) error {
	at := s.pages.first(s.url)
	count, first := 0, 0
	var before [sha256.Size]byte
	for number := range maxPages {
		r, err := s.client.get(ctx, at, watch)
		if gone := (*notFoundError)(nil); errors.As(err, &gone) && number > 0 && s.pages.By == ByNumber {
			return nil // the page before was the last, and full
		}
		if err != nil {
			return err
		}
		list, err := r.entries(s.list, false)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			encoded, _ := json.Marshal(list) // it was JSON before
			sum := sha256.Sum256(encoded)
			if number > 0 && sum == before {
				return fmt.Errorf("%s: page %d repeats the one before: correct pages", s.client.host, number+1)
			}
			before = sum
		}
		for _, each := range list {
			watch.Progress()
			entry(each)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		count += len(list)
		if number == 0 {
			first = len(list)
		}
		next, err := s.pages.next(at, r, number, count, len(list), first)
		if err == nil && next == nil {
			s.pages.doubt(r, number, count, problem)
		}
		if err != nil || next == nil {
			return err
		}
		if next.Host != s.url.Host || next.Scheme != s.url.Scheme {
			return fmt.Errorf(
				"%s: the next page is at %s://%s, which would get the password or token: set url to that "+
					"if it is right",
				s.client.host,
				next.Scheme,
				next.Host,
			)
		}
		at = next
	}
	return fmt.Errorf("%s: the list has more than %d pages", s.client.host, maxPages)
}

// first returns the address of the first page.
func (p Pages) first(list *url.URL) *url.URL {
	at := list
	if p.SizeParam != "" {
		at = with(at, p.SizeParam, strconv.Itoa(p.Size))
	}
	switch p.By {
	case ByOffset:
		at = with(at, p.Param, "0")
	case ByNumber:
		at = with(at, p.Param, strconv.Itoa(p.First))
	}
	return at
}

// next returns the address of the page after number, which is at an address; nil if it is the last.
// A server may send fewer entries than were asked for: the last page is shorter than the first.
func (p Pages) next(at *url.URL, r *reply, number, count, entries, first int) (*url.URL, error) {
	last := entries == 0 || number > 0 && entries < first
	switch p.By {
	case ByOffset:
		if last {
			return nil, nil
		}
		return with(at, p.Param, strconv.Itoa(count)), nil
	case ByNumber:
		if last {
			return nil, nil
		}
		return with(at, p.Param, strconv.Itoa(p.First+number+1)), nil
	case ByCursor:
		cursor, err := r.link(p.Next)
		if cursor == "" {
			return nil, err
		}
		return with(at, p.Param, cursor), nil
	case ByNext:
		text, err := r.link(p.Next)
		if text == "" {
			return nil, err
		}
		next, err := at.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %q is not the address of a page: correct pages.next", r.host, p.Next)
		}
		return next, nil
	}
	return nil, nil
}

var nextLink = regexp.MustCompile(`<([^>]*)>\s*;[^,]*\brel="?next"?`)

// link returns the address or the cursor of the next page in a reply; empty if there is none.
func (r *reply) link(place string) (string, error) {
	name, isHeader := strings.CutPrefix(place, "header:")
	if !isHeader {
		text, ok := jsonplace.Text(r.value, place)
		if at, has := jsonplace.At(r.value, place); !ok && has && !jsonplace.Empty(at) {
			return "", fmt.Errorf("%s: %q is not a text: correct pages.next", r.host, place)
		}
		if text == "false" {
			text = ""
		}
		return text, nil
	}
	value := strings.Join(r.header.Values(name), ", ")
	if m := nextLink.FindStringSubmatch(value); m != nil {
		return m[1], nil
	}
	if strings.EqualFold(name, "Link") {
		return "", nil
	}
	return value, nil
}

// doubt reports that a list seems to have more pages than the ones that were read, of which r is the
// last: a wrong place of the next page looks like the end of the list.
func (p Pages) doubt(r *reply, number, count int, problem func(directory.Problem)) {
	key := "pages"
	if p.Next != "" {
		key = "pages.next"
	}
	if place, text := r.nextHint(); place != "" && number == 0 && p.By != ByOffset && p.By != ByNumber {
		what := "there are no pages in hub.yml"
		if p.Next != "" {
			what = fmt.Sprintf("the first page has nothing at %q, so that it is the last one", p.Next)
		}
		problem(directory.Problem{Key: key, Text: fmt.Sprintf("%s, but it has %q: %q; is that the place of the next "+
			"page?", what, place, printable.Cut(text, 60))})
		return
	}
	if place, total := r.totalHint(); total > count {
		problem(
			directory.Problem{Key: key, Text: fmt.Sprintf("the server says at %q that the list has %d entries, and "+
				"%d were read; correct pages", place, total, count)},
		)
	}
}

// texts calls each for the texts, numbers and truth values of a reply and of the objects in it, by
// their places.
func (r *reply) texts(each func(place, key, text string)) {
	whole, _ := r.value.(map[string]any)
	for _, key := range slices.Sorted(maps.Keys(whole)) {
		if text, ok := jsonplace.Text(whole[key], ""); ok {
			each(key, key, text)
			continue
		}
		inside, _ := whole[key].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(inside)) {
			at := inside[name]
			if link, isObject := at.(map[string]any); isObject { // HAL: _links.next.href
				if text, ok := jsonplace.Text(link, "href"); ok {
					each(key+"."+name+".href", name, text)
				}
			} else if text, ok := jsonplace.Text(at, ""); ok {
				each(key+"."+name, name, text)
			}
		}
	}
}

// nextHint returns what could be the address or the cursor of the next page.
func (r *reply) nextHint() (place, text string) {
	if link, _ := r.link("header:Link"); link != "" {
		return "header:Link", link
	}
	r.texts(func(at, key, value string) {
		key = strings.ToLower(key)
		if place == "" && value != "" && value != "false" && value != "0" &&
			(strings.Contains(key, "next") || strings.Contains(key, "cursor")) {
			place, text = at, value
		}
	})
	return place, text
}

var totals = []string{
	"total", "totalcount", "count", "odatacount", "totalitems", "totalresults", "totalrecords", "recordstotal",
}

// totalHint returns what could be the number of all entries.
func (r *reply) totalHint() (place string, total int) {
	r.texts(func(at, key, value string) {
		plain := strings.Map(func(c rune) rune {
			if c < 'a' || c > 'z' {
				return -1
			}
			return c
		}, strings.ToLower(key))
		if n, err := strconv.Atoi(value); err == nil && n > total && slices.Contains(totals, plain) {
			place, total = at, n
		}
	})
	return place, total
}

// with returns an address with a parameter. The others stay as they are written: OData's names begin
// with $, which some servers do not accept escaped.
func with(at *url.URL, name, value string) *url.URL {
	u := *at
	var kept []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		key, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(key); part != "" && (err != nil || plain != name) {
			kept = append(kept, part)
		}
	}
	key := strings.ReplaceAll(url.QueryEscape(name), "%24", "$")
	u.RawQuery = strings.Join(append(kept, key+"="+url.QueryEscape(value)), "&")
	return &u
}
