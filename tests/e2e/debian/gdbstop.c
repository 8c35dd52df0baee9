// SPDX-License-Identifier: GPL-2.0-only
/*
 * gdbstop.c: what a debugger does at QEMU's gdbstub, in the least words of the GDB remote serial protocol: sets a breakpoint
 * at a guest's virtual address, goes on until it is hit, looks that the program counter is there, makes one step, takes it
 * away; first one in software, then one in hardware. Then it detaches. Trusts the stub for nothing but its framing.
 *
 * usage: gdbstop ADDRESS:PORT HEX-ADDRESS
 */
#include <arpa/inet.h>
#include <endian.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PC_REGISTER "20"	/* number 32 of GDB's AArch64 core feature */
#define HIT_SECONDS 60

static int stub;

static void die(const char *what, const char *answer)
{
	printf("gdbstop: %s: %s\n", what, answer);
	/* Detach, so that the guest goes on */
	if (write(stub, "$D#44", 5) != 5)
		puts("gdbstop: could not detach");
	exit(1);
}

static char next(void)
{
	char c;

	if (read(stub, &c, 1) != 1)
		die("the stub is silent", "time-out or end of connection");
	return c;
}

/* One packet's contents, acknowledged */
static const char *receive(void)
{
	static char packet[8192];
	size_t n = 0;
	char c;

	while (next() != '$')
		;
	while ((c = next()) != '#' && n < sizeof(packet) - 1)
		packet[n++] = c;
	packet[n] = 0;
	next();
	next();
	if (write(stub, "+", 1) != 1)
		die("write", "failed");
	return packet;
}

static const char *request(const char *text)
{
	char packet[256];
	unsigned char sum = 0;
	int n;

	for (const char *p = text; *p; p++)
		sum += *p;
	n = snprintf(packet, sizeof(packet), "$%s#%02x", text, sum);
	if (write(stub, packet, n) != n)
		die("write", "failed");
	return receive();
}

/*
 * What comes before the answer: the stub tells on its own that the machine has stopped for the one who attached, so that
 * the description that was asked for is one packet late
 */
static void accepted(const char *name, const char *text)
{
	const char *answer = request(text);

	while (answer[0] == 'T' || answer[0] == 'l' || answer[0] == 'm')
		answer = receive();
	if (strcmp(answer, "OK"))
		die(name, answer);
}

static uint64_t program_counter(void)
{
	return be64toh(strtoull(request("p" PC_REGISTER), NULL, 16));
}

static void stops(const char *how, const char *request_text)
{
	const char *answer = request(request_text);

	printf("gdbstop: %s: %s\n", how, answer);
	if (strncmp(answer, "T05", 3) && strncmp(answer, "S05", 3))
		die(how, answer);
}

static void breakpoint(const char *name, char kind, uint64_t at)
{
	char set[64], clear[64];
	uint64_t pc;

	snprintf(set, sizeof(set), "Z%c,%" PRIx64 ",4", kind, at);
	snprintf(clear, sizeof(clear), "z%c,%" PRIx64 ",4", kind, at);
	accepted(name, set);
	stops(name, "c");
	pc = program_counter();
	if (pc != at) {
		snprintf(set, sizeof(set), "stopped at %" PRIx64, pc);
		die(name, set);
	}
	accepted(name, clear);
	stops("single step", "s");
	if (program_counter() == at)
		die("single step", "did not move");
	printf("gdbstop: %s breakpoint and step\n", name);
}

static void attach(const char *address)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct timeval patience = { .tv_sec = HIT_SECONDS };
	char host[64];
	int port;

	if (sscanf(address, "%63[^:]:%d", host, &port) != 2 || !inet_aton(host, &to.sin_addr))
		die(address, "not ADDRESS:PORT");
	to.sin_port = htons(port);
	stub = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(stub, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(stub, (struct sockaddr *)&to, sizeof(to)))
		die(address, "nobody there");
}

int main(int argc, char **argv)
{
	uint64_t at;

	if (argc != 3) {
		fputs("usage: gdbstop ADDRESS:PORT HEX-ADDRESS\n", stderr);
		return 2;
	}
	at = strtoull(argv[2], NULL, 16);
	attach(argv[1]);
	request("?");
	/* Single registers can be read only by who knows their numbers from the description */
	request("qXfer:features:read:target.xml:0,ff");
	breakpoint("software", '0', at);
	breakpoint("hardware", '1', at);
	request("D");
	return 0;
}
