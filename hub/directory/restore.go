package directory

import (
	"context"
	"errors"
	"time"

	"traybell/shared/protocol"
)

// KeepCopies lets the customers of databases and servers be kept on disk, for the next start; files
// are their own copies. It must be called before Run and Refresh.
func (d *Directory) KeepCopies(c Copies) {
	d.copies = &c
	var names []string
	for _, f := range d.feeds {
		if _, file := f.Source.(Stamped); !file {
			names = append(names, f.Source.Name())
		}
	}
	if err := c.keepOnly(names); err != nil {
		d.log.Warn("an old copy of a directory could not be removed", "error", err)
	}
}

// restore puts the copy of a source into the index, where it was not read yet.
func (d *Directory) restore(ctx context.Context, i int) {
	f := d.feeds[i]
	f.reading.Lock()
	defer f.reading.Unlock()
	f.mu.Lock()
	known := !f.status.Read.IsZero()
	f.mu.Unlock()
	name := f.Source.Name()
	if _, file := f.Source.(Stamped); d.copies == nil || file || known {
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
			d.log.Warn("the copy of a directory cannot be used", "directory", name, "error", err)
		}
		return
	}
	d.put(i, t)
	f.mu.Lock()
	f.status = Status{Name: name, Rows: len(t.rows), Numbers: len(t.numbers), Bytes: t.size(), Read: read}
	f.restored = true
	status := f.status
	f.mu.Unlock()
	d.log.Info("a directory's customers are those of the last time until it is read", "directory", name,
		"customers", status.Rows, "age", status.Age(time.Now()).String())
}

// keep writes the copy of a source, unless it is there.
func (d *Directory) keep(t *table, read time.Time, same bool) {
	if same && d.copies.touch(t.name, read) == nil {
		return
	}
	if err := d.copies.write(t, read); err != nil {
		d.log.Warn("no copy of a directory could be kept: if it is away when the hub starts, its customers will not "+
			"be known",
			"directory", t.name, "error", err)
	}
}
