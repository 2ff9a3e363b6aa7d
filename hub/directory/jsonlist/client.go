package jsonlist

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"traybell/hub/advice"
	"traybell/hub/jsonplace"
	"traybell/hub/remote"
	"traybell/shared/bounded"
	"traybell/shared/printable"
)

const (
	maxPage  = 16 << 20 // bytes
	maxWaits = 5        // for a server that is too busy, for one page
	maxWait  = time.Minute
)

// client sends requests to one server.
type client struct {
	username, password string
	token              string
	header             http.Header
	host               string
	http               *http.Client
}

// reply is a page of the list, or an answer.
type reply struct {
	host   string
	header http.Header
	value  any
	size   int
}

// get requests an address, again if the server is too busy. watch may be nil.
func (c *client) get(ctx context.Context, u *url.URL, watch *remote.Watch) (*reply, error) {
	for wait := 0; ; wait++ {
		r, again, err := c.try(ctx, u, watch)
		if err == nil || again == 0 || wait == maxWaits || watch == nil {
			return r, err
		}
		for left := again; left > 0; left -= 10 * time.Second {
			watch.Reset()
			select {
			case <-time.After(min(left, 10*time.Second)):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
	}
}

// try requests an address once. again is how long to wait before the next attempt; 0: it is useless.
func (c *client) try(ctx context.Context, u *url.URL, watch *remote.Watch) (r *reply, again time.Duration, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, 0, c.clean(err)
	}
	maps.Copy(req.Header, c.header)
	if c.username != "" {
		req.SetBasicAuth(c.username, c.password)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, 0, c.connection(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if watch != nil {
		watch.Reset()
	}
	body, err := bounded.ReadAll(resp.Body, maxPage)
	if large := (*bounded.TooLargeError)(nil); errors.As(err, &large) {
		return nil, 0, fmt.Errorf("%s: the reply has more than %d MiB: set pages", c.host, maxPage>>20)
	}
	if err != nil {
		return nil, 0, c.connection(err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, busy(resp), c.status(resp)
	}
	value := jsonplace.Decode(body)
	if text, isText := value.(string); isText {
		return nil, 0, fmt.Errorf("%s: the reply is not JSON, it begins with %q: check url", c.host,
			c.hide(printable.Cut(text, 60)))
	}
	return &reply{c.host, resp.Header, value, len(body)}, 0, nil
}

// busy returns how long a server that is too busy wants to be left alone; 0: it is not.
func busy(resp *http.Response) time.Duration {
	if resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 1 {
		seconds = 1
	}
	return min(time.Duration(seconds)*time.Second, maxWait)
}

func (c *client) status(resp *http.Response) error {
	remedy := "check url"
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		remedy = "check username, password, token and headers, and what they may read"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		remedy = "the server is overloaded or in maintenance; the hub retries"
	default:
		switch {
		case resp.StatusCode >= 500:
			remedy = "see the log of the server"
		case resp.StatusCode >= 300 && resp.StatusCode < 400:
			remedy = "it redirects, and the hub does not send its password elsewhere: correct url"
		}
	}
	err := fmt.Errorf("%s: %d %s; %s", c.host, resp.StatusCode, http.StatusText(resp.StatusCode), remedy)
	if resp.StatusCode == http.StatusNotFound {
		return &notFoundError{err}
	}
	return err
}

// notFoundError is a page that does not exist.
type notFoundError struct{ error }

func (c *client) connection(err error) error {
	err = c.clean(err)
	if remedy := advice.For(err); remedy != "" {
		return fmt.Errorf("connect to %s: %w; %s", c.host, err, remedy)
	}
	return fmt.Errorf("connect to %s: %w", c.host, err)
}

// clean takes the address out of an error: it may contain the token.
func (c *client) clean(err error) error {
	if e := (*url.Error)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

func (c *client) hide(text string) string {
	for _, secret := range []string{c.token, c.password} {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return text
}

// entries returns the list at a place. one: an object is a list of one.
func (r *reply) entries(place string, one bool) ([]any, error) {
	at, ok := jsonplace.At(r.value, place)
	if list, isList := at.([]any); isList {
		return list, nil
	}
	object, isObject := at.(map[string]any)
	switch {
	case one && (!ok || at == nil || isObject && len(object) == 0):
		return nil, nil
	case one && isObject && place != "":
		return []any{object}, nil
	case ok && at == nil: // "value": null
		return nil, nil
	}
	keys := "it is no object"
	if whole, isObject := r.value.(map[string]any); isObject {
		names := slices.Sorted(maps.Keys(whole))
		keys = "it has the keys " + strings.Join(names[:min(len(names), maxUnknown)], ", ")
	}
	if place == "" {
		return nil, fmt.Errorf("%s: the reply is not a list; %s: set list to the place of the list", r.host, keys)
	}
	return nil, fmt.Errorf("%s: the reply has no list at %q; %s: correct list", r.host, place, keys)
}
