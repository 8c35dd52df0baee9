// SPDX-License-Identifier: GPL-2.0-only
/*
 * load.c: keeps a Debian guest busy and checks all that comes back: sums computed on every CPU, files written to the disk
 * and read again, round trips over the network to its other half on the host's side ("load serve"), timers. It trusts
 * nothing but its own arithmetic: an error is counted, told once per kind, and makes the exit status. It measures what a
 * guest can see of its own interruptions: how late timers come, and whether its clock and the host's can have run alike.
 *
 * One line at the end, for people and programs:
 *	load: result seconds=N cpus=N rounds=N files=N bytes=N trips=N ticks=N errors=N gap_us=N drift_us=N window_us=N
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_CPUS 64
#define TICK_NS 10000000ULL	/* period of each CPU's timer */
#define FILE_WORDS (128 * 1024)	/* a file of the disk's load: 1 MiB */
#define CHUNK_WORDS 4096	/* what one round of arithmetic covers: 32 KiB */
#define PAYLOAD_WORDS 170	/* of a message: with its head just below an Ethernet frame */

struct message {
	uint64_t number;
	uint64_t time_ns;	/* of the host's half, when it answered */
	uint64_t sum;
	uint64_t data[PAYLOAD_WORDS];
};

static atomic_int stop;
static atomic_ulong rounds, files, bytes, trips, ticks, errors, gap_ns;
/* Bounds of host clock minus guest clock, each from one round trip; contradictory when the clocks ran differently */
static int64_t offset_low = INT64_MIN, offset_high = INT64_MAX;
static const char *directory = "/var/tmp", *server;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

__attribute__((format(printf, 1, 2))) static void error(const char *format, ...)
{
	va_list args;

	if (atomic_fetch_add(&errors, 1) > 20)
		return;
	va_start(args, format);
	fputs("load: ERROR: ", stdout);
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
	va_end(args);
}

static void die(const char *what)
{
	printf("load: %s: %s\n", what, strerror(errno));
	exit(2);
}

/* FNV-1a over words */
static uint64_t sum_of(const uint64_t *words, size_t n, uint64_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ words[i]) * 0x100000001b3ULL;
	return sum;
}

/* xorshift64: fills with what follows from @seed alone */
static void fill(uint64_t *words, size_t n, uint64_t seed)
{
	uint64_t x = seed * 0x9e3779b97f4a7c15ULL | 1;

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		words[i] = x;
	}
}

static void pin(long cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	/* A CPU that was taken offline in the meantime is nobody's error */
	sched_setaffinity(0, sizeof(set), &set);
}

/* ---- arithmetic on every CPU ------------------------------------------------------------------------------ */

static double series(void)
{
	double s = 0;

	for (int i = 1; i < 2000; i++)
		s += 1.0 / ((double)i * i);
	return s;
}

static void *compute(void *arg)
{
	static uint64_t words[MAX_CPUS][CHUNK_WORDS];
	uint64_t *mine = words[(long)arg], expected;
	volatile double expected_series;

	pin((long)arg);
	setpriority(PRIO_PROCESS, syscall(SYS_gettid), 10);
	fill(mine, CHUNK_WORDS, (long)arg);
	expected = sum_of(mine, CHUNK_WORDS, 0);
	expected_series = series();
	while (!atomic_load(&stop)) {
		fill(mine, CHUNK_WORDS, (long)arg);
		if (sum_of(mine, CHUNK_WORDS, 0) != expected)
			error("CPU %ld: a sum of %d words is wrong", (long)arg, CHUNK_WORDS);
		if (series() != expected_series)
			error("CPU %ld: floating point is wrong", (long)arg);
		atomic_fetch_add(&rounds, 1);
	}
	return NULL;
}

/* ---- disk -------------------------------------------------------------------------------------------------- */

static void write_file(const char *name, const uint64_t *words)
{
	int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	if (fd < 0 || write(fd, words, FILE_WORDS * 8) != FILE_WORDS * 8 || fsync(fd))
		error("%s: %s", name, strerror(errno));
	/* The next read has to come from the disk */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
}

static void check_file(const char *name, uint64_t *words, uint64_t expected)
{
	int fd = open(name, O_RDONLY);
	size_t done = 0;
	ssize_t n = 1;

	while (fd >= 0 && done < FILE_WORDS * 8 && n > 0) {
		n = read(fd, (char *)words + done, FILE_WORDS * 8 - done);
		done += n > 0 ? n : 0;
	}
	if (done != FILE_WORDS * 8 || sum_of(words, FILE_WORDS, 0) != expected)
		error("%s: not what was written (%zu bytes)", name, done);
	close(fd);
}

static void *disk(void *arg)
{
	uint64_t *words = malloc(FILE_WORDS * 8), expected[4] = { 0 };
	char name[4096];

	(void)arg;
	for (uint64_t n = 0; !atomic_load(&stop); n++) {
		snprintf(name, sizeof(name), "%s/load-%lu", directory, (unsigned long)(n % 4));
		/* What was written four files ago has been on the disk meanwhile */
		if (n >= 4)
			check_file(name, words, expected[n % 4]);
		fill(words, FILE_WORDS, n + 1000);
		expected[n % 4] = sum_of(words, FILE_WORDS, 0);
		write_file(name, words);
		check_file(name, words, expected[n % 4]);
		atomic_fetch_add(&files, 1);
		atomic_fetch_add(&bytes, FILE_WORDS * 8);
	}
	free(words);
	return NULL;
}

/* ---- network ----------------------------------------------------------------------------------------------- */

static int transfer(int fd, struct message *m, ssize_t (*how)(int, void *, size_t))
{
	size_t done = 0;

	while (done < sizeof(*m)) {
		ssize_t n = how(fd, (char *)m + done, sizeof(*m) - done);

		if (n <= 0)
			return -1;
		done += n;
	}
	return 0;
}

static ssize_t put(int fd, void *p, size_t n)
{
	return write(fd, p, n);
}

static ssize_t get(int fd, void *p, size_t n)
{
	return read(fd, p, n);
}

/* The answer was made between @before and @after of the guest's clock, at @host of the host's */
static void bound_offset(int64_t before, int64_t after, int64_t host)
{
	if (host - after > offset_low)
		offset_low = host - after;
	if (host - before < offset_high)
		offset_high = host - before;
}

static int round_trip(int fd, uint64_t number)
{
	struct message m, expected;
	uint64_t before;

	memset(&m, 0, sizeof(m));
	m.number = number;
	fill(m.data, PAYLOAD_WORDS, number);
	m.sum = sum_of(m.data, PAYLOAD_WORDS, number);
	expected = m;
	before = now();
	if (transfer(fd, &m, put) || transfer(fd, &m, get))
		return -1;
	bound_offset(before, now(), m.time_ns);
	if (m.number != number + 1 || m.sum != ~expected.sum || memcmp(m.data, expected.data, sizeof(m.data)))
		error("round trip %lu came back changed", (unsigned long)number);
	return 0;
}

static int connect_to(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	char host[64] = "";
	int port = 0, fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (sscanf(address, "%63[^:]:%d", host, &port) != 2 || !inet_aton(host, &to.sin_addr)) {
		errno = EINVAL;
		die(address);
	}
	to.sin_port = htons(port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die(address);
	return fd;
}

static void *network(void *arg)
{
	int fd = connect_to(server);

	(void)arg;
	for (uint64_t n = 1; !atomic_load(&stop); n++) {
		if (round_trip(fd, n)) {
			error("round trip %lu: %s", (unsigned long)n, strerror(errno));
			break;
		}
		atomic_fetch_add(&trips, 1);
	}
	close(fd);
	return NULL;
}

static void *answer(void *arg)
{
	int fd = (long)arg;
	struct message m;

	while (!transfer(fd, &m, get)) {
		/* A damaged request gets an answer that its sender takes for damaged, too */
		m.sum = m.sum == sum_of(m.data, PAYLOAD_WORDS, m.number) ? ~m.sum : 0;
		m.number++;
		m.time_ns = now();
		if (transfer(fd, &m, put))
			break;
	}
	close(fd);
	return NULL;
}

static _Noreturn void serve(const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	pthread_t thread;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, 8))
		die("serve");
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (!pthread_create(&thread, NULL, answer, (void *)(long)fd))
			pthread_detach(thread);
	}
}

/* ---- timers ------------------------------------------------------------------------------------------------ */

static void note_gap(uint64_t late)
{
	uint64_t old = atomic_load(&gap_ns);

	while (late > old && !atomic_compare_exchange_weak(&gap_ns, &old, late))
		;
}

static uint64_t monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/*
 * Every expiry has to be told, whatever happened to the CPU in between: a read tells all of them up to its end, so their
 * number is at least the time that had gone by when it began over the period.
 */
static void *timer(void *arg)
{
	struct sched_param param = { .sched_priority = 10 };
	struct itimerspec every = { .it_interval.tv_nsec = TICK_NS };
	uint64_t start, due, begun = 0, clock, expired, n = 0;
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);

	pin((long)arg);
	pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
	start = monotonic_ns();
	due = start + TICK_NS;
	every.it_value.tv_sec = due / 1000000000;
	every.it_value.tv_nsec = due % 1000000000;
	timerfd_settime(fd, TFD_TIMER_ABSTIME, &every, NULL);
	while (!atomic_load(&stop)) {
		begun = monotonic_ns();
		if (read(fd, &expired, sizeof(expired)) != sizeof(expired)) {
			error("CPU %ld: timer: %s", (long)arg, strerror(errno));
			break;
		}
		clock = monotonic_ns();
		if (clock < start + (n + 1) * TICK_NS)
			error("CPU %ld: a timer fired early", (long)arg);
		else
			note_gap(clock - start - (n + 1) * TICK_NS);
		n += expired;
		atomic_fetch_add(&ticks, expired);
	}
	/* One may be on its way */
	if (begun && (begun - start) / TICK_NS > n + 1)
		error("CPU %ld: %lu of %lu timer expiries came", (long)arg, (unsigned long)n,
		      (unsigned long)((begun - start) / TICK_NS));
	close(fd);
	return NULL;
}

/* ---- the guest's own performance counters -------------------------------------------------------------------- */

static uint64_t cycles_of(int fd, int loops)
{
	uint64_t count = 0;

	ioctl(fd, PERF_EVENT_IOC_RESET, 0);
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	for (int i = 0; i < loops; i++)
		__asm__ volatile("");
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	return read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

/* Ten times the work is more cycles, whoever else had the CPU meanwhile */
static int cycles(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE, .size = sizeof(attr), .config = PERF_COUNT_HW_CPU_CYCLES,
		.disabled = 1, .exclude_kernel = 1, .exclude_hv = 1, .pinned = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	uint64_t few, many;

	if (fd < 0) {
		printf("load: no cycles are counted here: %s\n", strerror(errno));
		return 1;
	}
	few = cycles_of(fd, 10000000);
	many = cycles_of(fd, 100000000);
	printf("load: cycles %lu %lu\n", (unsigned long)few, (unsigned long)many);
	return !(few > 10000 && many > 2 * few);
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

static void on_signal(int number)
{
	(void)number;
	atomic_store(&stop, 1);
}

static void result(uint64_t start, long cpus)
{
	int64_t drift = server ? offset_low - offset_high : 0;

	if (server && offset_high == INT64_MAX)
		error("no round trip was made");
	printf("load: result seconds=%lu cpus=%ld rounds=%lu files=%lu bytes=%lu trips=%lu ticks=%lu errors=%lu gap_us=%lu drift_us=%ld window_us=%ld\n",
	       (unsigned long)((now() - start) / 1000000000), cpus, atomic_load(&rounds), atomic_load(&files),
	       atomic_load(&bytes), atomic_load(&trips), atomic_load(&ticks), atomic_load(&errors),
	       atomic_load(&gap_ns) / 1000, drift > 0 ? (long)(drift / 1000) : 0, drift < 0 ? (long)(-drift / 1000) : 0);
}

/* A slow machine gets another minute until there was some of everything; what never comes is missed then */
static int over(uint64_t start, long seconds)
{
	uint64_t gone = (now() - start) / 1000000000;
	int all = atomic_load(&rounds) && atomic_load(&files) && atomic_load(&ticks) && (!server || atomic_load(&trips));

	return gone >= (uint64_t)seconds + (all ? 0 : 60);
}

static int run(long seconds)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), n = 0;
	pthread_t threads[2 * MAX_CPUS + 2];
	uint64_t start = now();

	if (cpus > MAX_CPUS)
		cpus = MAX_CPUS;
	for (long cpu = 0; cpu < cpus; cpu++) {
		pthread_create(&threads[n++], NULL, compute, (void *)cpu);
		pthread_create(&threads[n++], NULL, timer, (void *)cpu);
	}
	pthread_create(&threads[n++], NULL, disk, NULL);
	if (server)
		pthread_create(&threads[n++], NULL, network, NULL);
	puts("load: running");
	fflush(stdout);
	while (!atomic_load(&stop) && !over(start, seconds))
		usleep(100000);
	atomic_store(&stop, 1);
	while (n)
		pthread_join(threads[--n], NULL);
	result(start, cpus);
	return atomic_load(&errors) ? 1 : 0;
}

static int usage(void)
{
	fputs("usage: load serve PORT | load cycles | load run [-t SECONDS] [-d DIRECTORY] [-s ADDRESS:PORT]\n"
	      "  run ends after SECONDS (10), later if there was not some of everything by then, or with SIGTERM;\n"
	      "  status 1: something was wrong\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	long seconds = 10;
	int option;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && !strcmp(argv[1], "serve"))
		serve(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "cycles"))
		return cycles();
	if (argc < 2 || strcmp(argv[1], "run"))
		return usage();
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	optind = 2;
	while ((option = getopt(argc, argv, "t:d:s:")) != -1) {
		switch (option) {
		case 't': seconds = atol(optarg); break;
		case 'd': directory = optarg; break;
		case 's': server = optarg; break;
		default: return usage();
		}
	}
	return run(seconds);
}
