package bench

import (
	"slices"
	"syscall"
	"time"
)

// sender times messages over one channel of a connection.
type sender interface {
	deliverOneByOne(Task, *latencies) error
	deliverAtRate(Task, *latencies) error
}

// confirmSender can do so by confirms, too.
type confirmSender interface {
	sender
	confirmOneByOne(Task, *latencies) error
	confirmAtRate(Task, *latencies) error
}

// measure has a sender do the task.
func (l *latencies) measure(s sender) error {
	t := l.task
	switch {
	case t.Flow == DeliverLatency && t.Rate == 0:
		return s.deliverOneByOne(t, l)
	case t.Flow == DeliverLatency:
		return s.deliverAtRate(t, l)
	}
	c, ok := s.(confirmSender)
	switch {
	case !ok:
		return errNotMine
	case t.Rate == 0:
		return c.confirmOneByOne(t, l)
	}
	return c.confirmAtRate(t, l)
}

// latencies takes down how long each message of a task took.
type latencies struct {
	task  Task
	begin time.Time // when the first message is due
	taken []time.Duration
}

func newLatencies(t Task) *latencies {
	l := &latencies{task: t}
	if t.Latency() {
		l.taken = make([]time.Duration, 0, t.Messages)
	}
	return l
}

// start is for tasks with a rate: the first message is due now.
func (l *latencies) start() { l.begin = time.Now() }

// pace calls send for each message when that is due, or as soon as it can. It
// sleeps by itself, since the runtime's timers may be late by a millisecond.
func (l *latencies) pace(send func() error) error {
	for i := range l.task.Messages {
		sleepUntil(l.begin.Add(l.task.due(i)))
		if err := send(); err != nil {
			return err
		}
	}
	return nil
}

// arrived notes the next message, of those that pace sends. It counts from when
// the message was due: what waits behind a slow one is late as well.
func (l *latencies) arrived() { l.took(time.Since(l.begin) - l.task.due(len(l.taken))) }

// took notes the next message.
func (l *latencies) took(d time.Duration) { l.taken = append(l.taken, d) }

// into sets the quantiles of a result.
func (l *latencies) into(r *Result) {
	if len(l.taken) == 0 {
		return
	}
	slices.Sort(l.taken)
	r.P50, r.P99, r.P999 = quantile(l.taken, 500), quantile(l.taken, 990), quantile(l.taken, 999)
	r.Max = l.taken[len(l.taken)-1]
}

// quantile returns what so many thousandths of the sorted values do not exceed.
func quantile(sorted []time.Duration, thousandths int) time.Duration {
	rank := (len(sorted)*thousandths + 999) / 1000
	return sorted[max(rank, 1)-1]
}

// sleepUntil has the kernel wake this thread as exactly as it can; by default it
// may be late by 50 µs.
func sleepUntil(at time.Time) {
	const setTimerSlack, nanosecond = 29, 1 // PR_SET_TIMERSLACK
	for {
		left := time.Until(at)
		if left <= 0 {
			return
		}
		syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, nanosecond, 0)
		span := syscall.NsecToTimespec(int64(left))
		syscall.Nanosleep(&span, nil) // if a signal cuts it short, the rest follows
	}
}
