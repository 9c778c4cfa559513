import { expect } from "chai";
import { problemsOf } from "../../components/building-blocks/arguments";
import { memoryOf } from "../../components/internal/database";
import { checkWindowPair, overlap, parseDailyWindow, parseWeeklyWindow } from "../../components/internal/windows";

const problems = (backupWindow: string, maintenanceWindow: string, shortest = 30) =>
    problemsOf((check) => {
        checkWindowPair(check, { backupWindow, maintenanceWindow }, shortest);
    });

describe("windows", () => {
    it("are parsed in minutes, past midnight and past Sunday", () => {
        expect(parseDailyWindow("03:00-04:00")).to.deep.equal({ start: 180, end: 240 });
        expect(parseDailyWindow("23:30-00:30")).to.deep.equal({ start: 1410, end: 1470 });
        expect(parseWeeklyWindow("mon:00:00-Mon:01:00")).to.deep.equal({ start: 0, end: 60 });
        expect(parseWeeklyWindow("Sun:23:30-Mon:00:30")).to.deep.equal({ start: 10050, end: 10110 });
    });

    it("are rejected in other formats", () => {
        for (const text of ["", "3:00-4:00", "03:00", "24:00-01:00", "03:60-04:00", "03:00-04:00 "]) {
            expect(parseDailyWindow(text), text).to.equal(undefined);
        }
        for (const text of ["", "04:00-05:00", "Sunday:04:00-Sun:05:00", "Sun:04:00-05:00", "Sun:25:00-Sun:26:00"]) {
            expect(parseWeeklyWindow(text), text).to.equal(undefined);
        }
    });

    it("overlap if they share a minute on any day, and not if one ends when the other starts", () => {
        const both = (daily: string, weekly: string) => overlap(parseDailyWindow(daily)!, parseWeeklyWindow(weekly)!);
        expect(both("03:00-04:00", "Sun:04:00-Sun:05:00")).to.be.false;
        expect(both("03:00-04:01", "Sun:04:00-Sun:05:00")).to.be.true;
        expect(both("23:30-00:30", "Mon:00:00-Mon:01:00")).to.be.true;
        expect(both("00:00-00:30", "Sun:23:30-Mon:00:30")).to.be.true;
        expect(both("12:00-13:00", "Sat:23:00-Mon:01:00")).to.be.true;
        expect(both("02:00-03:00", "Sun:23:30-Mon:00:30")).to.be.false;
    });

    it("must have the minimum length of the service", () => {
        expect(problems("03:00-04:00", "Sun:04:00-Sun:05:00", 60)).to.deep.equal([]);
        expect(problems("03:00-03:29", "Sun:04:00-Sun:04:29")).to.deep.equal([
            ["backupWindow", "must be like 03:00-04:00 (UTC) and 30 minutes or longer"],
            ["maintenanceWindow", "must be like sun:04:00-sun:05:00 (UTC) and 30 minutes or longer"],
        ]);
        expect(problems("03:00-04:00", "Sun:03:30-Sun:05:00")).to.deep.equal([
            ["maintenanceWindow", "must not overlap backupWindow (03:00-04:00)"],
        ]);
    });
});

describe("memoryOf", () => {
    it("knows the families with sizes or ratios of their own", () => {
        expect(["db.c6gd.medium", "db.t4g.medium", "db.x2iedn.xlarge", "db.x2g.large"].map(memoryOf)).to.deep.equal([2, 4, 128, 32]);
    });

    it("depends on family and size", () => {
        const classes = [
            "db.r6g.xlarge",
            "db.r6g.large",
            "db.r6g.4xlarge",
            "db.m7g.large",
            "db.t4g.micro",
            "db.t4g.xlarge",
            "cache.q9.huge",
        ];
        expect(classes.map(memoryOf)).to.deep.equal([32, 16, 128, 8, 1, 16, 16]);
    });
});
