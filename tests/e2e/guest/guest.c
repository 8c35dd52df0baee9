// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checking guest: every vCPU counts, and in each round checks its registers, its memory, the virtual
 * counter, and by choice a device, a wait for an interrupt, a call of the hypervisor. What it finds wrong stays
 * in its shared page; it never stops by itself and trusts nothing that it can compute.
 */
#include "gicguest.h"

volatile struct guest_cpu *guest_page(unsigned long cpu)
{
	return (volatile struct guest_cpu *)(GUEST_CPUS + cpu * 4096);
}

unsigned long guest_counter(void)
{
	unsigned long val;

	asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r" (val) :: "memory");
	return val;
}

/* The first error is the one that tells; later ones follow from it */
void guest_fail(volatile struct guest_cpu *p, unsigned int error, unsigned long a, unsigned long b, unsigned long c)
{
	if (p->error)
		return;
	p->detail[0] = a;
	p->detail[1] = b;
	p->detail[2] = c;
	p->error = error;
}

unsigned long guest_this_cpu(void)
{
	unsigned long mpidr;

	asm volatile("mrs %0, mpidr_el1" : "=r" (mpidr));
	return mpidr & 15;
}

void guest_exception(unsigned long esr, unsigned long elr, unsigned long far)
{
	guest_fail(guest_page(guest_this_cpu()), GUEST_ERR_EXCEPTION, esr, elr, far);
}

/* Counter never back; the largest step between two looks is the blackout as the guest sees it */
static void check_counter(volatile struct guest_cpu *p, unsigned long *last)
{
	unsigned long now = guest_counter();

	if (now < *last)
		guest_fail(p, GUEST_ERR_COUNTER, *last, now, 0);
	if (p->forget_gap) {
		p->forget_gap = 0;
		p->max_gap = 0;
	} else if (now - *last > p->max_gap) {
		p->max_gap = now - *last;
	}
	*last = now;
}

/* A page a word, before the first pass, which looks at nothing */
static void touch_memory(volatile struct guest_cpu *p)
{
	volatile unsigned long *words = (volatile unsigned long *)p->data;
	unsigned long i;

	for (i = 0; i < p->words; i += 512)
		words[i] = 0;
}

/* Under pressure each word is in another page than the one before */
static unsigned long place_of(volatile struct guest_cpu *p, unsigned long at)
{
	unsigned long pages = p->words / 512;

	return p->work & GUEST_WORK_BALLOON ? at % pages * 512 + at / pages : at;
}

/* One stretch of the pattern a round: verify what the last pass left, leave the next pass' value */
static void check_memory(volatile struct guest_cpu *p, unsigned long cpu, unsigned long *at, unsigned long *pass)
{
	volatile unsigned long *words = (volatile unsigned long *)p->data;
	unsigned long i, w;

	for (i = 0; i < 64; i++, (*at)++) {
		if (*at == p->words) {
			*at = 0;
			(*pass)++;
		}
		w = place_of(p, *at);
		if (words[w] != (*pass ? (*pass - 1) ^ (*at << 20) ^ (cpu << 60) : 0))
			guest_fail(p, GUEST_ERR_MEMORY, *at, words[w], *pass);
		words[w] = *pass ^ (*at << 20) ^ (cpu << 60);
	}
}

/* What was written there before, or a new page. All pages alike: the host may find that out and make one of them */
static void check_balloon(volatile struct guest_cpu *p, unsigned long cpu, unsigned long n)
{
	volatile unsigned long *word = (volatile unsigned long *)(p->balloon + n % p->balloon_pages * 4096);
	unsigned long old = *word, mine = ~cpu;

	if (old && old != mine)
		guest_fail(p, GUEST_ERR_BALLOON, n % p->balloon_pages, old, mine);
	*word = mine;
}

static void check_mmio(volatile struct guest_cpu *p, unsigned long cpu, unsigned long n)
{
	volatile unsigned long *echo = (volatile unsigned long *)(GUEST_ECHO + 8 * cpu);
	unsigned long got;

	*echo = n;
	got = *echo;
	if (got != 3 * n + 1)
		guest_fail(p, GUEST_ERR_MMIO, n, got, 0);
}

/* PSCI_VERSION (DEN0022): the answer may not change over the guest's life */
static void check_hvc(volatile struct guest_cpu *p, unsigned long *version)
{
	register unsigned long x0 asm("x0") = 0x84000000;

	asm volatile("hvc #0" : "+r" (x0) :: "x1", "x2", "x3", "memory");
	if (*version && x0 != *version)
		guest_fail(p, GUEST_ERR_HVC, *version, x0, 0);
	*version = x0;
}

static void wait_for_interrupt(unsigned long cpu)
{
	unsigned long pending;

	asm volatile("dsb sy\n\twfi\n\tmrs %0, isr_el1" : "=r" (pending) :: "memory");
	if (pending & (1 << 7))
		*(volatile unsigned int *)(GUEST_ACK + 8 * cpu) = 1;
}

/* Timers, by turns: virtual and emulated physical (Arm ARM D11.2) */
struct timer {
	unsigned long (*count)(void);
	void (*set)(unsigned long cval, unsigned long ctl);
	unsigned long (*ctl)(void);
};

static unsigned long phys_counter(void)
{
	unsigned long val;

	asm volatile("isb\n\tmrs %0, cntpct_el0" : "=r" (val) :: "memory");
	return val;
}

#define TIMER_REGS(name, which)								\
static void name##_set(unsigned long cval, unsigned long ctl)				\
{											\
	asm volatile("msr " which "_cval_el0, %0\n\tmsr " which "_ctl_el0, %1\n\tisb"	\
		     :: "r" (cval), "r" (ctl) : "memory");				\
}											\
static unsigned long name##_ctl(void)							\
{											\
	unsigned long val;								\
											\
	asm volatile("isb\n\tmrs %0, " which "_ctl_el0" : "=r" (val) :: "memory");	\
	return val;									\
}

TIMER_REGS(virt, "cntv")
TIMER_REGS(phys, "cntp")

void timer_start(int phys, unsigned long ticks)
{
	if (phys)
		phys_set(phys_counter() + ticks, 1);
	else
		virt_set(guest_counter() + ticks, 1);
}

/* Off; 0: it had not expired */
int timer_stop(int phys)
{
	int expired = (phys ? phys_ctl() : virt_ctl()) == 5;

	if (phys)
		phys_set(0, 0);
	else
		virt_set(0, 0);
	return expired;
}

static unsigned long irq_pending(void)
{
	unsigned long pending;

	asm volatile("isb\n\tmrs %0, isr_el1" : "=r" (pending) :: "memory");
	return pending & (1 << 7);
}

/* The VMM sees the levels at each exit to it, so the line is right after one */
static int line_after_exit(unsigned long cpu)
{
	*(volatile unsigned int *)(GUEST_ACK + 8 * cpu) = 1;
	return !!irq_pending();
}

/* Wait for the line, computing or in WFI: 10 s is never */
static int comes(const struct timer *t, unsigned long cval, unsigned long freq, int wfi)
{
	while (!irq_pending()) {
		if (t->count() > cval + 10 * freq)
			return 0;
		if (wfi)
			asm volatile("dsb sy\n\twfi" ::: "memory");
	}
	return 1;
}

/*
 * One interrupt of one timer: it comes, not early; stays while nobody turns the timer off, also over an exit; goes when
 * it is masked, turned off or set back; and an expired timer that is masked has none.
 */
static void check_timer(volatile struct guest_cpu *p, unsigned long cpu, unsigned long n)
{
	static const struct timer timers[] = {
		{ guest_counter, virt_set, virt_ctl }, { phys_counter, phys_set, phys_ctl },
	};
	const struct timer *t = &timers[n & 1];
	unsigned long cval = t->count() + p->freq / 1000;

	t->set(cval, 1);
	if (!comes(t, cval, p->freq, n & 2))
		guest_fail(p, GUEST_ERR_TIMER, 1, n, t->ctl());
	if (t->count() < cval || t->ctl() != 5)
		guest_fail(p, GUEST_ERR_TIMER, 2, n, t->ctl());
	if (!line_after_exit(cpu))
		guest_fail(p, GUEST_ERR_TIMER, 3, n, t->ctl());
	t->set(cval, 3);
	if (line_after_exit(cpu) || t->ctl() != 7)
		guest_fail(p, GUEST_ERR_TIMER, 4, n, t->ctl());
	t->set(cval, 1);
	if (!comes(t, cval, p->freq, n & 4))
		guest_fail(p, GUEST_ERR_TIMER, 5, n, t->ctl());
	t->set(cval + 3600 * p->freq, 1);
	if (line_after_exit(cpu) || t->ctl() != 1)
		guest_fail(p, GUEST_ERR_TIMER, 6, n, t->ctl());
	t->set(cval, 0);
	if (line_after_exit(cpu))
		guest_fail(p, GUEST_ERR_TIMER, 7, n, t->ctl());
}

/* Bytes of a vector with ZCR_EL1.LEN as it is */
static unsigned long vector_bytes(void)
{
	unsigned long val;

	asm volatile(".arch_extension sve\n\trdvl %0, #1" : "=r" (val));
	return val;
}

/*
 * At one vector length a round: the registers hold what was put there, and the length is not longer than asked for, and
 * the same as ever
 */
static void check_sve(volatile struct guest_cpu *p, unsigned long cpu, unsigned long n)
{
	volatile unsigned long *z = (volatile unsigned long *)(GUEST_SVE + cpu * 0x4000);
	static unsigned char lengths[8][16];
	unsigned long vl, len = n & 15, i, e, bits, set, seed = n << 8 | cpu;
	volatile unsigned char *preds;

	asm volatile("msr S3_0_C1_C2_0, %0\n\tisb" :: "r" (len));
	vl = vector_bytes();
	if (!vl || vl > 16 * (len + 1) || (lengths[cpu][len] && lengths[cpu][len] != vl / 16))
		guest_fail(p, GUEST_ERR_SVE, 1, len, vl);
	lengths[cpu][len] = vl / 16;
	hold_sve(seed, 200, (void *)z);
	for (i = 0; i < 32; i++)
		for (e = 0; e < vl / 8; e++)
			if (z[i * vl / 8 + e] != seed + i + e)
				guest_fail(p, GUEST_ERR_SVE, 2 + (i << 8) + (e << 16), seed, z[i * vl / 8 + e]);
	preds = (volatile unsigned char *)z + 32 * vl;
	for (i = 0; i < 17; i++) {
		bits = ((seed + i) & 7) * (vl / 16);
		for (e = 0; e < vl; e++) {
			set = preds[i * vl / 8 + e / 8] >> (e & 7) & 1;
			if (e < bits ? !set : set)
				guest_fail(p, GUEST_ERR_SVE, 3 + (i << 8) + (e << 16), seed, preds[i * vl / 8 + e / 8]);
		}
	}
	asm volatile("mrs %0, S3_0_C1_C2_0" : "=r" (i));
	if (i != len)
		guest_fail(p, GUEST_ERR_SVE, 4, i, len);
}

void guest_main(unsigned long cpu)
{
	volatile struct guest_cpu *p = guest_page(cpu);
	unsigned long last = guest_counter(), at = 0, pass = 0, version = 0, n, bad;

	asm volatile("mrs %0, cntfrq_el0" : "=r" (n));
	p->freq = n;
	if (p->work & GUEST_WORK_GIC)
		gic_init(cpu);
	if (p->work & GUEST_WORK_BENCH)
		guest_bench(p, cpu);
	if (p->work & GUEST_WORK_TOUCH)
		touch_memory(p);
	for (n = 1; ; n++) {
		bad = check_registers(n << 8 | cpu, 200);
		if (bad)
			guest_fail(p, GUEST_ERR_REGS, bad, n, 0);
		check_counter(p, &last);
		check_memory(p, cpu, &at, &pass);
		if (p->work & GUEST_WORK_SVE)
			check_sve(p, cpu, n);
		if (p->work & GUEST_WORK_BALLOON)
			check_balloon(p, cpu, n);
		if (p->work & GUEST_WORK_MMIO)
			check_mmio(p, cpu, n);
		if (p->work & GUEST_WORK_HVC)
			check_hvc(p, &version);
		if (p->work & GUEST_WORK_TIMER)
			check_timer(p, cpu, n);
		if (p->work & GUEST_WORK_GIC)
			gic_check(cpu, n);
		if (p->work & GUEST_WORK_WFI)
			wait_for_interrupt(cpu);
		p->iterations = n;
	}
}
