// SPDX-License-Identifier: GPL-2.0-only
/*
 * poke FILE read|write|exec: maps FILE (tests/e2e/poke's "user") and touches the mapping. Prints the signal that it got, or
 * "nothing". Exit status 0 exactly when it got SIGBUS or SIGSEGV.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static sigjmp_buf back;

static void on_signal(int sig)
{
	siglongjmp(back, sig);
}

static void touch(volatile unsigned int *p, const char *how)
{
	if (!strcmp(how, "write"))
		*p = 1;
	else if (!strcmp(how, "exec"))
		((void (*)(void))p)();
	else
		(void)*p;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	void *p;
	int fd, sig;

	if (argc != 3)
		return 2;
	fd = open(argv[1], O_RDWR);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		perror(argv[1]);
		return 2;
	}
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGILL, &sa, NULL);
	alarm(5);
	sig = sigsetjmp(back, 1);
	if (!sig)
		touch(p, argv[2]);
	printf("%s: %s\n", argv[2], sig ? strsignal(sig) : "nothing");
	return sig != SIGBUS && sig != SIGSEGV;
}
