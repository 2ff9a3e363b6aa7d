package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chromedp/chromedp"
)

// shown are the pages that are open, one in each browser.
var shown = []string{"/", "/calls"}

// pages measures what open pages of the hub cost its calls: in two Chromium processes of the lowest
// priority, and held by readers that only do what the browsers ask of the hub.
func pages(ctx context.Context, l load, browsers bool) error {
	s, err := openOffice(ctx, l)
	if err != nil {
		return err
	}
	defer s.close()
	conditions := []condition{
		{"no page", nothing},
		{"two pages, no browser", func(ctx context.Context) (func() error, error) { return readPages(ctx, s.address) }},
	}
	if browsers {
		open, closeAll, err := openBrowsers(ctx)
		if err != nil {
			return err
		}
		defer closeAll()
		conditions = append(conditions, condition{"two pages in Chromium", func(context.Context) (func() error, error) {
			return func() error { return open.show("") }, open.show("https://" + s.address)
		}})
	}
	err = compare(ctx, s, l, conditions)
	_, wrong := s.ask("write")
	return errors.Join(err, wrong)
}

// chromium are browsers, one for each of shown.
type chromium []context.Context

// openBrowsers starts the browsers with an empty page.
func openBrowsers(ctx context.Context) (list chromium, closeAll func(), err error) {
	var closers []func()
	closeAll = func() {
		for _, end := range closers {
			end()
		}
	}
	for range shown {
		browser, end := chromedp.NewContext(ctx, chromedp.WithAllocatorOptions(chromedp.NoSandbox, chromedp.Headless,
			chromedp.IgnoreCertErrors, chromedp.ModifyCmdFunc(behind)))
		closers = append(closers, end)
		if err := chromedp.Do(browser, chromedp.Navigate("about:blank")); err != nil {
			closeAll()
			return nil, nil, fmt.Errorf("start Chromium: %w", err)
		}
		list = append(list, browser)
	}
	return list, closeAll, nil
}

// behind gives a browser only what the others leave of the cores: readers have computers of their
// own.
func behind(browser *exec.Cmd) {
	lowered := exec.Command(
		"chrt",
		append([]string{"--idle", "0", browser.Path}, browser.Args[1:]...)...)
	browser.Path, browser.Args, browser.Err = lowered.Path, lowered.Args, lowered.Err
}

// show opens the pages of the hub at root; empty: an empty page.
func (c chromium) show(root string) error {
	for i, browser := range c {
		address := "about:blank"
		if root != "" {
			address = root + shown[i]
		}
		if err := chromedp.Do(browser, chromedp.Navigate(address)); err != nil {
			return fmt.Errorf("open %s: %w", address, err)
		}
	}
	return nil
}

// readPages reads all that browsers read that show the pages, until end.
func readPages(ctx context.Context, address string) (end func() error, err error) {
	ctx, cancel := context.WithCancel(ctx)
	var work sync.WaitGroup
	var failed error
	var mu sync.Mutex
	reads := make([]atomic.Int64, len(shown))
	for i, path := range shown {
		work.Go(func() {
			err := hold(ctx, "https://"+address, path, &reads[i])
			mu.Lock()
			defer mu.Unlock()
			if ctx.Err() == nil {
				failed = errors.Join(failed, err)
			}
		})
	}
	return func() error {
		cancel()
		work.Wait()
		for i, path := range shown {
			if reads[i].Load() < 2 {
				failed = errors.Join(failed, fmt.Errorf("%s was not read again", path))
			}
		}
		return failed
	}, nil
}

// subjects is what a region of a page shows.
var subjects = regexp.MustCompile(`data-live="([^"]*)"`)

// hold shows a page as its script does: it holds the stream, and after a change of what is shown
// reads the page again, once a second at most.
func hold(ctx context.Context, root, path string, reads *atomic.Int64) error {
	web := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true,
	}}
	defer web.CloseIdleConnections()
	read := func() (string, error) {
		body, err := get(ctx, web, root+path)
		if err != nil {
			return "", err
		}
		defer body.Close()
		text, err := io.ReadAll(body)
		reads.Add(1)
		return string(text), err
	}
	text, err := read()
	if err != nil {
		return err
	}
	last := time.Now()
	var shows []string
	for _, region := range subjects.FindAllStringSubmatch(text, -1) {
		shows = append(shows, strings.Fields(region[1])...)
	}
	stream, err := get(ctx, web, root+"/live")
	if err != nil {
		return err
	}
	defer stream.Close()
	lines := bufio.NewScanner(stream)
	for lines.Scan() {
		changed, ok := strings.CutPrefix(lines.Text(), "data: ")
		mine := func(subject string) bool { return slices.Contains(shows, subject) }
		if !ok || !slices.ContainsFunc(strings.Fields(changed), mine) {
			continue
		}
		pause(ctx, time.Until(last.Add(time.Second)))
		last = time.Now()
		if _, err := read(); err != nil {
			return err
		}
	}
	return lines.Err()
}

func get(ctx context.Context, web *http.Client, url string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Traybell-Live", "1")
	response, err := web.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("%s: %s", url, response.Status)
	}
	return response.Body, nil
}
