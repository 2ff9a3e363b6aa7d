package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
)

// webhooks measures what webhooks cost calls: with a receiver that is quick, and with one that
// accepts connections and never answers.
func webhooks(ctx context.Context, l load) error {
	s, err := openOffice(ctx, l)
	if err != nil {
		return err
	}
	defer s.close()
	var events atomic.Int64
	quick := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		events.Add(1)
	}))
	defer quick.Close()
	dead, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer dead.Close()
	to := func(urls ...string) func(context.Context) (func() error, error) {
		return func(context.Context) (end func() error, err error) {
			events.Store(0)
			_, err = s.ask("webhooks " + strings.Join(urls, " "))
			return func() error {
				_, err := s.ask("webhooks")
				if urls[0] == quick.URL && events.Load() == 0 {
					err = errors.Join(err, errors.New("the receiver got no event"))
				}
				return err
			}, err
		}
	}
	err = compare(ctx, s, l, []condition{
		{"no webhook", nothing},
		{"a quick receiver", to(quick.URL)},
		{"a dead receiver", to("http://" + dead.Addr().String())},
		{"a quick and a dead one", to(quick.URL, "http://"+dead.Addr().String())},
	})
	_, wrong := s.ask("write")
	return errors.Join(err, wrong)
}
