package directory

import (
	"context"
	"errors"
	"time"

	"traybell/shared/protocol"
)

// KeepCopies enables copies of the customers of databases and servers. Files need none. It must
// be called before Run and Refresh.
func (d *Directory) KeepCopies(c Copies) {
	d.copies = &c
	var names []string
	for _, f := range d.feeds {
		if _, file := f.Source.(*File); !file {
			names = append(names, f.Source.Name())
		}
	}
	if err := c.keepOnly(names); err != nil {
		d.log.Warn("cannot remove old directory copy", "error", err)
	}
}

// restore loads the copy of an unread source.
func (d *Directory) restore(ctx context.Context, i int) {
	f := d.feeds[i]
	f.reading.Lock()
	defer f.reading.Unlock()
	f.mu.Lock()
	known := !f.status.Read.IsZero()
	f.mu.Unlock()
	name := f.Source.Name()
	if _, file := f.Source.(*File); d.copies == nil || file || known {
		return
	}
	read := d.copies.Age(name)
	if read.IsZero() {
		return
	}
	b := newBuilder(name, d.reader, d.index.Load().seed, nil)
	err := copySource{name, d.copies.path(name)}.Read(ctx, func(c protocol.Customer) { b.add(c) }, nil)
	t, tooLarge := b.finish()
	if err = errors.Join(err, tooLarge); err != nil {
		if ctx.Err() == nil {
			d.log.Warn("cannot use directory copy", "directory", name, "error", err)
		}
		return
	}
	d.put(i, t)
	f.mu.Lock()
	f.status = Status{Name: name, Rows: len(t.rows), Numbers: t.count(), Bytes: t.size(), Read: read}
	f.restored = true
	status := f.status
	f.mu.Unlock()
	d.log.Info("using directory copy until the directory is read", "directory", name,
		"customers", status.Rows, "age", status.Age(time.Now()).String())
	d.changed(ctx)
}

// keep writes the copy of a source, or touches an unchanged one.
func (d *Directory) keep(t *table, read time.Time, same bool) {
	if same && d.copies.touch(t.name, read) == nil {
		return
	}
	if err := d.copies.write(t, read); err != nil {
		d.log.Warn("cannot write directory copy: after a restart its customers are unknown until it is read",
			"directory", t.name, "error", err)
	}
}
